/** A report as of an earlier day. */
export const enAsOf = {
  more: 'More options',
  label: 'Data as of',
  hint: 'Leave empty to use what is held now. With an earlier day the form is prefilled with what was known at its end; what came later is left out.',
  lead: 'Data as of {{day}}',
};
