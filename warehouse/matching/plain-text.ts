/**
 * Traditional and variant characters that occur in names and addresses, with the form the registers use. Only pairs in which the
 * simple form is never meant otherwise: 乾 and 於 are surnames of their own and stay.
 */
const TRADITIONAL =
  '聯联陳陈張张劉刘黃黄趙赵吳吴孫孙馬马鄭郑謝谢許许鄧邓馮冯蕭萧蔣蒋葉叶閻阎鍾钟鐘钟譚谭賈贾鄒邹陸陆韓韩楊杨羅罗龍龙萬万嚴严賴赖龔龚錢钱湯汤' +
  '喬乔賀贺顧顾龐庞樊樊蘇苏盧卢魯鲁畢毕東东華华國国強强偉伟麗丽榮荣軍军蘭兰鳳凤寶宝慶庆興兴學学義义貴贵歡欢實实濤涛鵬鹏飛飞' +
  '輝辉曉晓藝艺雲云瑩莹靜静穎颖潔洁豔艳艷艳紅红愛爱蓮莲靈灵貞贞淵渊兒儿嬌娇婭娅瓊琼環环車车門门號号樓楼棟栋層层區区縣县鎮镇' +
  '鄉乡單单員员園园廠厂廣广場场業业務务會会電电網网資资產产實实醫医藥药貿贸運运輸输裝装飾饰製制開开發发銀银銷销機机設设計计劃划責责' +
  '圖图書书經经濟济農农種种滬沪閔闵長长寧宁濱滨灣湾橋桥臺台';

const SIMPLE = pairs(TRADITIONAL);

function pairs(text: string): ReadonlyMap<string, string> {
  const signs = [...text];
  return new Map(signs.flatMap((sign, i) => (i % 2 === 0 ? [[sign, signs[i + 1]!] as const] : [])));
}

/** Numbers, days and codes: nothing to change, and looked at a million times. */
const PLAIN = /^[!-`{-~]*$/;

/**
 * A text as registers would write it: half width, upper case, simple characters, no blanks and no invisible signs.
 *
 * @example plainText('　張　偉Ａ') // '张伟A'
 */
export function plainText(value: string): string {
  if (PLAIN.test(value)) return value;
  const narrow = value.normalize('NFKC').toUpperCase();
  return [...narrow.replace(/[\s\p{Cf}\p{Cc}]/gu, '')].map((sign) => SIMPLE.get(sign) ?? sign).join('');
}

const DIGITS = '零一二三四五六七八九';
const SPELLED = /[零〇○一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾]+/u;
const FORMAL: Readonly<Record<string, string>> = {
  〇: '零',
  '○': '零',
  两: '二',
  壹: '一',
  贰: '二',
  叁: '三',
  肆: '四',
  伍: '五',
  陆: '六',
  柒: '七',
  捌: '八',
  玖: '九',
  拾: '十',
};

/**
 * A number spelled in Chinese, up to 9999; null for anything else. Digits in a row are read one by one.
 *
 * @example chineseNumber('一百二十三') // 123
 * @example chineseNumber('五〇一') // 501
 */
export function chineseNumber(spelled: string): number | null {
  const text = [...spelled].map((sign) => FORMAL[sign] ?? sign).join('');
  if (text === '' || /[^零一二三四五六七八九十百千]/u.test(text)) return null;
  if (!/[十百千]/u.test(text)) return Number([...text].map((sign) => DIGITS.indexOf(sign)).join(''));
  let sum = 0;
  let digit: number | null = null;
  for (const sign of text) {
    const unit = sign === '千' ? 1000 : sign === '百' ? 100 : sign === '十' ? 10 : 0;
    if (unit === 0) digit = DIGITS.indexOf(sign);
    else {
      sum += (digit ?? 1) * unit;
      digit = null;
    }
  }
  return sum + (digit ?? 0);
}

/** Spelled numbers before one of the given signs as digits: `三号` → `3号`, while 三林路 keeps its name. */
export function digitsBefore(text: string, signs: string): string {
  return text.replace(new RegExp(`(${SPELLED.source})(?=${signs})`, 'gu'), (whole) =>
    String(chineseNumber(whole) ?? whole),
  );
}
