/** Check digits and formats of identifiers; each returns true for a valid value. */

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECK = '10X98765432';

/** The check character of a 17-digit citizen identity number (GB 11643-1999, ISO 7064 MOD 11-2). */
export function idNumberCheckDigit(first17: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(first17[i]) * ID_WEIGHTS[i]!;
  return ID_CHECK[sum % 11]!;
}

export function isIdNumber(value: string): boolean {
  if (!/^[1-9]\d{16}[\dX]$/.test(value)) return false;
  const month = Number(value.slice(10, 12));
  const day = Number(value.slice(12, 14));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return idNumberCheckDigit(value) === value[17];
}

const CREDIT_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CREDIT_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** The check character of a unified social credit code (GB 32100-2015, MOD 31). */
export function creditCodeCheckDigit(first17: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += CREDIT_ALPHABET.indexOf(first17[i]!) * CREDIT_WEIGHTS[i]!;
  return CREDIT_ALPHABET[(31 - (sum % 31)) % 31]!;
}

export function isCreditCode(value: string): boolean {
  return /^[0-9A-HJ-NPQRTUWXY]{18}$/.test(value) && creditCodeCheckDigit(value) === value[17];
}

/** A mainland mobile (11 digits) or a landline with optional area code and extension. */
export function isPhone(value: string): boolean {
  return /^1[3-9]\d{9}$/.test(value) || /^(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?$/.test(value);
}

/** The checks an element may name; warehouse contracts use the SQL twins of the same names. */
export const CHECKS = { idNumber: isIdNumber, creditCode: isCreditCode, phone: isPhone } as const;
export type CheckName = keyof typeof CHECKS;
