import { FillOnceError } from '../../core/errors.ts';

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
