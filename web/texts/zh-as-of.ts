/** A report as of an earlier day. */
export const zhAsOf = {
  more: '更多选项',
  label: '数据日期',
  hint: '留空使用现有数据。选择过去的日期，则按当日结束时掌握的数据预填，此后收到的变动不计入。',
  lead: '数据截至 {{day}}',
};
