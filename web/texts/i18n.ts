import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Message } from '../api-types.ts';
import { zh } from './zh.ts';

export type Language = 'zh' | 'en';

const REMEMBERED = 'fillonce-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof zh };
  }
}

/** Chinese comes with the first load; English is fetched when somebody asks for it. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'zh',
    fallbackLng: 'zh',
    resources: { zh: { translation: zh } },
    interpolation: { escapeValue: false },
  });
  if (remembered() === 'en') await speak('en');
  else document.documentElement.lang = 'zh-CN';
}

export async function speak(language: Language): Promise<void> {
  if (language === 'en' && !i18next.hasResourceBundle('en', 'translation')) {
    const { en } = await import('./en.ts');
    i18next.addResourceBundle('en', 'translation', en);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

/** A message of the server in the language of the screen. */
export function said(message: Message): string {
  return i18next.language === 'en' ? message.en : message.zh;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}
