import { chineseNumber, plainText } from './plain-text.ts';

/** An enterprise's name in parts; `key` is what two spellings of one name share. */
export interface EnterpriseName {
  /** 上海, 浦东新区: where it is registered, as far as the name says. */
  readonly region: string;
  /** What sets it apart: name and trade. */
  readonly core: string;
  /** limited 有限公司, joint-stock 股份, partnership 合伙, sole 个体户 and the like; empty when unsaid. */
  readonly form: string;
  /** The branch with its number or place; empty for the enterprise itself. */
  readonly branch: string;
  readonly key: string;
}

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/(集团)?股份(有限)?(责任)?公司$/u, '股份'],
  [/(集团)?有限责任公司$/u, '有限'],
  [/(集团)?有限公司$/u, '有限'],
  [/(集团)?公司$/u, '有限'],
  [/合伙企业$/u, '合伙'],
  [/专业合作社$/u, '合作社'],
  [/(个体工商户|个体户)$/u, '个体'],
];
const BRANCH =
  /^(.*?(?:公司|企业|集团|店|行|厂|社))(.{0,14}?(?:分公司|分店|分部|营业部|门店|办事处|分理处|支行|分行|分厂))$/u;
const REGION =
  /^((?:中国)?(?:上海|北京|天津|重庆)(?:市)?|[\p{Script=Han}]{2,3}省)?((?:浦东新|[\p{Script=Han}]{2})区|[\p{Script=Han}]{2,3}[市县](?!场))?/u;
const REGION_IN_BRACKETS = /\(((?:中国|上海|北京|天津|重庆|浦东)(?:市|新区)?)\)/gu;

/**
 * The parts of an enterprise's name. Brackets of either width, 有限责任公司 for 有限公司, a region in front, in brackets or left out
 * and numerals of either script make no difference to `key`; a branch does.
 *
 * @example enterpriseName('上海市晨光（中国）商贸有限责任公司').key === enterpriseName('晨光商贸有限公司').key // true
 */
export function enterpriseName(name: string | null): EnterpriseName {
  let rest = plainText(name ?? '')
    .replace(/[【〔[]/gu, '(')
    .replace(/[】〕\]]/gu, ')')
    .replace(/["'“”·•.,，]/gu, '');
  let branch = '';
  const branched = BRANCH.exec(rest);
  if (branched) {
    rest = branched[1]!;
    branch = numbers(branched[2]!).replace(/[()第]/gu, '');
  }
  let region = '';
  rest = rest.replace(REGION_IN_BRACKETS, (_, place: string) => {
    region = bareRegion(place);
    return '';
  });
  const kind = /\((有限合伙|普通合伙|个体工商户)\)$/u.exec(rest)?.[1];
  rest = rest.replace(/\((有限合伙|普通合伙|个体工商户)\)$/u, '');
  let form = kind?.endsWith('合伙') ? '合伙' : kind ? '个体' : '';
  for (const [ending, name] of FORMS) {
    if (!ending.test(rest)) continue;
    rest = rest.replace(ending, '');
    form ||= name;
    break;
  }
  const front = REGION.exec(rest)?.[0] ?? '';
  // A name that is a region and nothing else keeps it: 上海市黄浦区 alone would leave no core.
  if (front !== '' && front.length < rest.length - 1) {
    rest = rest.slice(front.length);
    region ||= bareRegion(front);
  }
  const core = numbers(rest.replace(/[()]/gu, ''));
  return { region, core, form, branch, key: branch === '' ? core : `${core}/${branch}` };
}

function bareRegion(place: string): string {
  return place.replace(/^中国(?=.)/u, '').replace(/市(?=.|$)/u, '');
}

/** Ordinal numbers in digits: 第二分公司 and 第2分公司, 三店 and 3店. Numerals inside a name stay: 三林, 五洲. */
function numbers(text: string): string {
  return text.replace(
    /第?([零〇一二三四五六七八九十百]+)(?=分公司|分店|店|号|厂|部|营业)/gu,
    (whole, spelled: string) => String(chineseNumber(spelled) ?? whole),
  );
}
