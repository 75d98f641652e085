import { FillOnceError, type Message } from '../core/errors.ts';

export const NOT_BUILT: Message = { zh: '请先运行 npm run build', en: 'Run npm run build first' };
export const TOO_SLOW: Message = {
  zh: '机器可能正忙：请关闭其他程序后重试',
  en: 'The machine may be busy: close other programs and try again',
};
export const SEE_OUTPUT: Message = { zh: '请查看上方输出', en: 'See its output above' };

export function cityDidNotStart(detail: string, advice: Message): FillOnceError {
  return new FillOnceError({
    code: 'city.start',
    status: 500,
    message: {
      zh: `模拟街道进程未能启动：${detail}。${advice.zh}。`,
      en: `The simulated subdistrict did not start: ${detail}. ${advice.en}.`,
    },
    details: { where: 'city' },
  });
}

export function cityRefused(path: string, status: number, text: string): FillOnceError {
  return new FillOnceError({
    code: 'city.control',
    status,
    message: {
      zh: `模拟街道拒绝了 ${path}：${text}。请检查参数后重试。`,
      en: `The simulated subdistrict refused ${path}: ${text}. Check the parameters and try again.`,
    },
    details: { where: path },
  });
}

export function badOption(option: string, value: string): FillOnceError {
  return new FillOnceError({
    code: 'city.option',
    status: 400,
    message: {
      zh: `模拟街道的参数 ${option} 不能是“${value}”。用法见 city/README.md。`,
      en: `Option ${option} of the simulated subdistrict cannot be '${value}'. See city/README.md.`,
    },
    details: { where: option },
  });
}

export function unknownEntity(entity: string): FillOnceError {
  return new FillOnceError({
    code: 'city.entity',
    status: 404,
    message: {
      zh: `模拟街道没有名为“${entity}”的实体。`,
      en: `The simulated subdistrict has no entity '${entity}'.`,
    },
    details: { where: entity },
  });
}
