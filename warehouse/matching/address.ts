import { digitsBefore, plainText } from './plain-text.ts';

/** A Chinese address in parts; what it does not say is empty. Numbers are in digits, without leading zeros. */
export interface Address {
  /** 幸福路 */
  readonly road: string;
  /** 弄: `120` of 120弄 */
  readonly lane: string;
  /** 支弄 */
  readonly sublane: string;
  /** 小区, 新村, 大厦 and the like by name. */
  readonly estate: string;
  /** Number of the building or house: 号, 幢, 栋, 号楼. A range keeps its first number. */
  readonly building: string;
  readonly unit: string;
  readonly floor: string;
  readonly room: string;
  /** What two spellings of one place share: road or estate, lane, building, room. Empty without a building or a room. */
  readonly key: string;
}

const NUMBERED = '(?:支弄|弄|号|幢|栋|座|楼|单元|层|室|房|门|组|梯)';
const PREFIX =
  /^(?:中国)?(?:[\p{Script=Han}]{2,3}省)?(?:[\p{Script=Han}]{2,3}市)?(?:浦东新区|[\p{Script=Han}]{1,3}(?<!小)[区县](?![路街]))?(?:[\p{Script=Han}]{2,5}(?:街道|镇|乡)(?![路街]))?(?:[\p{Script=Han}]{2,8}(?:社区|居委会|居委|村委会)(?![路街]))?/u;
const ROAD = /^([\p{Script=Han}0-9]{1,10}?(?:大道|公路|路|街|道|巷|胡同|弄堂))/u;
const NUMBER = '([A-Z]?\\d+[A-Z]?)';
// 3-5号 is a range of houses; 3-2-501 is building, unit, room.
const RANGE = /(\d+)[-~至—–](\d+)(?=号(?!楼))/u;
const DASHED = /(?:^|(?<=[\p{Script=Han}]))([A-Z]?\d+[A-Z]?)-(?:(\d+)-)?([A-Z]?\d{3,4}[A-Z]?)(?:室)?$/u;

/**
 * The parts of an address as people and registers write it: with or without district and subdistrict, in full-width digits or
 * Chinese numerals, `3幢2单元501室`, `3号楼501`, `3-2-501`.
 *
 * @example parseAddress('上海市幸福路一百二十弄３号５０１室').key // '幸福路|120||3|501'
 */
export function parseAddress(address: string | null): Address {
  let rest = plainText(address ?? '')
    .replace(/[#＃]/gu, '号')
    .replace(/[—–−﹣ー－]/gu, '-')
    .replace(/\(.*?\)/gu, '')
    .replace(/[,，、。;；]/gu, '');
  rest = digitsBefore(rest, NUMBERED);
  rest = rest.replace(PREFIX, '');
  const take = (pattern: RegExp): string => {
    const found = pattern.exec(rest);
    if (!found) return '';
    rest = rest.slice(0, found.index) + rest.slice(found.index + found[0].length);
    return bare(found[1]!);
  };
  const road = take(ROAD);
  rest = rest.replace(RANGE, '$1');
  const lane = take(new RegExp(`${NUMBER}弄`, 'u'));
  const sublane = take(new RegExp(`${NUMBER}支弄`, 'u'));
  let [building, unit, room] = ['', '', ''];
  const dashed = DASHED.exec(rest);
  if (dashed) {
    building = bare(dashed[1]!);
    unit = bare(dashed[2] ?? '');
    room = bare(dashed[3]!);
    rest = rest.slice(0, dashed.index);
  }
  building ||= take(new RegExp(`${NUMBER}(?:号楼|幢|栋|座)`, 'u'));
  const house = take(new RegExp(`${NUMBER}号(?!楼)`, 'u'));
  unit ||= take(new RegExp(`${NUMBER}(?:单元|门|梯)`, 'u'));
  const floor = take(/([A-Z]?\d{1,2})(?:层|楼)/u);
  room ||= take(new RegExp(`${NUMBER}(?:室|房)`, 'u')) || take(/([A-Z]?\d{3,4}[A-Z]?)$/u);
  // In a lane the number is the building's; on a road with a building of its own it is the compound's, as a lane's number is.
  const compound = building !== '' && house !== '' && lane === '';
  building ||= house;
  const estate = rest.replace(/[\d-]/gu, '').replace(/号$/u, '');
  const where = road === '' ? estate : road;
  const parts = [where, compound ? house : lane, sublane, building, room];
  const key = where === '' || (building === '' && room === '') ? '' : parts.join('|');
  return { road, lane: compound ? house : lane, sublane, estate, building, unit, floor, room, key };
}

function bare(text: string): string {
  return /^\d+$/.test(text) ? String(Number(text)) : text;
}
