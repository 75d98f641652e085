import type { Evaluation, FormulaFunction } from './evaluate.ts';
import type { Node } from './syntax.ts';
import { equalValues, isError, NA_ERROR, toBoolean, toNumber, VALUE_ERROR, type Value } from './values.ts';

const choose: FormulaFunction = (args, evaluation) => {
  const index = toNumber(evaluation.scalar(args[0]!));
  if (isError(index)) return index;
  const chosen = args[Math.trunc(index)];
  return index < 1 || !chosen ? VALUE_ERROR : evaluation.scalar(chosen);
};

const ifs: FormulaFunction = (args, evaluation) => {
  for (let i = 0; i + 1 < args.length; i += 2) {
    const truth = toBoolean(evaluation.scalar(args[i]!));
    if (isError(truth)) return truth;
    if (truth) return evaluation.scalar(args[i + 1]!);
  }
  return NA_ERROR;
};

const switchOver: FormulaFunction = (args, evaluation) => {
  const subject = evaluation.scalar(args[0]!);
  if (isError(subject)) return subject;
  for (let i = 1; i + 1 < args.length; i += 2) {
    if (equalValues(subject, evaluation.scalar(args[i]!))) return evaluation.scalar(args[i + 1]!);
  }
  return args.length % 2 === 0 ? evaluation.scalar(args.at(-1)!) : NA_ERROR;
};

/** The truths of all arguments; text in ranges is passed over, as is a blank. */
function truths(args: readonly Node[], evaluation: Evaluation): boolean[] | Value {
  const found: boolean[] = [];
  for (const arg of args) {
    const isCells = arg.type === 'reference' || arg.type === 'structured' || arg.type === 'name';
    for (const value of evaluation.matrix(arg).flat()) {
      if (isCells && (value === null || typeof value === 'string')) continue;
      const truth = toBoolean(value);
      if (isError(truth)) return truth;
      found.push(truth);
    }
  }
  return found.length === 0 ? VALUE_ERROR : found;
}

function joining(join: (all: readonly boolean[]) => boolean): FormulaFunction {
  return (args, evaluation) => {
    const all = truths(args, evaluation);
    return Array.isArray(all) ? join(all) : (all as Value);
  };
}

function asking(ask: (value: Value) => boolean): FormulaFunction {
  return (args, evaluation) => ask(evaluation.scalar(args[0]!));
}

export const LOGIC_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  IF: (args, evaluation) => {
    const truth = toBoolean(evaluation.scalar(args[0]!));
    if (isError(truth)) return truth;
    const branch = truth ? args[1] : args[2];
    if (!branch) return truth;
    return branch.type === 'missing' ? 0 : evaluation.scalar(branch);
  },
  IFERROR: (args, evaluation) => {
    const value = evaluation.scalar(args[0]!);
    return isError(value) ? evaluation.scalar(args[1]!) : value;
  },
  IFNA: (args, evaluation) => {
    const value = evaluation.scalar(args[0]!);
    return isError(value) && value.error === '#N/A' ? evaluation.scalar(args[1]!) : value;
  },
  IFS: ifs,
  SWITCH: switchOver,
  CHOOSE: choose,
  AND: joining((all) => all.every(Boolean)),
  OR: joining((all) => all.some(Boolean)),
  XOR: joining((all) => all.filter(Boolean).length % 2 === 1),
  NOT: (args, evaluation) => {
    const truth = toBoolean(evaluation.scalar(args[0]!));
    return isError(truth) ? truth : !truth;
  },
  TRUE: () => true,
  FALSE: () => false,
  NA: () => NA_ERROR,
  ISNUMBER: asking((value) => typeof value === 'number'),
  ISTEXT: asking((value) => typeof value === 'string'),
  ISNONTEXT: asking((value) => typeof value !== 'string'),
  ISLOGICAL: asking((value) => typeof value === 'boolean'),
  ISBLANK: asking((value) => value === null),
  ISERROR: asking(isError),
  ISERR: asking((value) => isError(value) && value.error !== '#N/A'),
  ISNA: asking((value) => isError(value) && value.error === '#N/A'),
  N: (args, evaluation) => {
    const value = evaluation.scalar(args[0]!);
    return typeof value === 'number' || isError(value) ? value : value === true ? 1 : 0;
  },
  T: (args, evaluation) => {
    const value = evaluation.scalar(args[0]!);
    return typeof value === 'string' || isError(value) ? value : '';
  },
};
