import { FillOnceError, type Message } from '../core/errors.ts';

/** A step that an incident cannot take where it stands. */
export function stepRefused(incident: string, status: Message, action: Message): FillOnceError {
  return new FillOnceError({
    code: 'analytics.incident.step',
    status: 409,
    message: {
      zh: `事件“${incident}”当前为“${status.zh}”，不能再“${action.zh}”；请刷新后查看最新状态。`,
      en: `Incident '${incident}' is '${status.en}' and cannot be set to '${action.en}' any more; reload to see how it stands.`,
    },
    details: { where: incident },
  });
}

export function noteMissing(incident: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.incident.note',
    status: 400,
    message: {
      zh: `办结或判为误报时请写明情况（事件“${incident}”），以便事后核查。`,
      en: `Say what was found when you resolve incident '${incident}' or call it a false alarm, so that it can be checked later.`,
    },
    details: { where: incident },
  });
}

export function statisticUnknown(name: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.statistic.unknown',
    status: 404,
    message: {
      zh: `没有名为“${name}”的统计；请从统计列表中选择。`,
      en: `There is no statistic '${name}'; choose one from the list.`,
    },
    details: { where: name },
  });
}

/** A statistic's file is not well-formed: a broken build, not a user's mistake. */
export function statisticWrong(file: string, problem: string): FillOnceError {
  return new FillOnceError({
    code: 'analytics.statistic.wrong',
    status: 500,
    message: {
      zh: `统计定义“${file}”有误：${problem}。`,
      en: `The statistic '${file}' is not well-formed: ${problem}.`,
    },
    details: { where: file },
  });
}
