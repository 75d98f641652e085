import { FillOnceError } from '../../core/errors.ts';

/** A key that counts as another one already. */
export function mergedAlready(key: string, into: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.matching.merged',
    status: 409,
    message: {
      zh: `“${key}”已并入“${into}”。请改用“${into}”，或先在“经过”里拆分。`,
      en: `'${key}' was merged into '${into}'. Name '${into}' instead, or split the two in the history first.`,
    },
    details: { where: key },
  });
}

/** Two keys that cannot be merged at all. */
export function mergeRefused(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.matching.merge',
    status: 400,
    message: {
      zh: `“${where}”不能合并：只有人员和企业可以，且须是两个不同的主键。请核对后再试。`,
      en: `'${where}' cannot be merged: only persons and enterprises can, under two different keys. Check them and try again.`,
    },
    details: { where },
  });
}

/** A pair that does not wait any more, or a link that does not stand. */
export function pairAbsent(where: string): FillOnceError {
  return new FillOnceError({
    code: 'warehouse.matching.absent',
    status: 404,
    message: {
      zh: `没有可处理的配对“${where}”：可能已被他人处理，或主记录已变。请刷新列表。`,
      en: `There is no pair '${where}' to decide: someone may have, or the golden record changed. Load the list again.`,
    },
    details: { where },
  });
}
