-- How raw text becomes a value. Every macro takes trimmed text or NULL and gives NULL for what it cannot read.

-- Without blanks around it; empty text is NULL. Looking first costs a fifth of trimming every value.
CREATE OR REPLACE TEMP MACRO fo_text(x) AS
  CASE WHEN x < '!' OR suffix(x, ' ') OR suffix(x, E'\t') OR suffix(x, E'\n') OR prefix(x, '　') OR suffix(x, '　')
    THEN nullif(trim(x, E' \t\r\n　'), '') ELSE x END;

CREATE OR REPLACE TEMP MACRO fo_integer(x) AS
  CASE WHEN TRY_CAST(replace(x, ',', '') AS DOUBLE) = trunc(TRY_CAST(replace(x, ',', '') AS DOUBLE))
    THEN TRY_CAST(TRY_CAST(replace(x, ',', '') AS DOUBLE) AS INTEGER) END;

CREATE OR REPLACE TEMP MACRO fo_decimal(x) AS TRY_CAST(replace(x, ',', '') AS DECIMAL(18, 6));

CREATE OR REPLACE TEMP MACRO fo_boolean(x) AS
  CASE WHEN lower(x) IN ('true', 't', '1', 'y', 'yes', '是') THEN true
    WHEN lower(x) IN ('false', 'f', '0', 'n', 'no', '否') THEN false END;

-- A timestamp with an offset becomes civil time (UTC+8); one without is civil time already.
CREATE OR REPLACE TEMP MACRO fo_timestamp(x) AS
  CASE WHEN suffix(x, '+08:00') THEN TRY_CAST(left(x, -6) AS TIMESTAMP)
    WHEN suffix(x, 'Z') OR regexp_matches(x, ':\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d)?$')
    THEN TRY_CAST(x AS TIMESTAMPTZ) AT TIME ZONE 'Etc/GMT-8'
    ELSE coalesce(TRY_CAST(x AS TIMESTAMP),
      try_strptime(x, ['%Y/%m/%d %H:%M:%S', '%Y/%m/%d %H:%M', '%Y年%m月%d日 %H:%M:%S', '%Y年%m月%d日'])) END;

CREATE OR REPLACE TEMP MACRO fo_timestamp14(x) AS
  CASE WHEN length(x) = 14 THEN try_strptime(x, '%Y%m%d%H%M%S') END;

CREATE OR REPLACE TEMP MACRO fo_plausible(d) AS CASE WHEN d BETWEEN DATE '1900-01-01' AND DATE '2199-12-31' THEN d END;

CREATE OR REPLACE TEMP MACRO fo_date(x) AS fo_plausible(
  CASE WHEN length(x) <= 10 AND contains(x, '-') THEN TRY_CAST(x AS DATE)
    WHEN contains(x, ':') THEN CAST(fo_timestamp(x) AS DATE)
    ELSE CAST(try_strptime(x, ['%Y/%m/%d', '%Y年%m月%d日', '%Y.%m.%d', '%Y%m%d']) AS DATE) END);

CREATE OR REPLACE TEMP MACRO fo_date8(x) AS
  fo_plausible(CASE WHEN length(x) = 8 THEN CAST(try_strptime(x, '%Y%m%d') AS DATE) END);

-- GB 11643-1999, ISO 7064 MOD 11-2; the twin of isIdNumber in core/checks.ts.
CREATE OR REPLACE TEMP MACRO fo_is_id_number(x) AS
  regexp_full_match(x, '[1-9]\d{9}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]')
  AND substr('10X98765432', 1 + ((unicode(x) - 48) * 7 + (unicode(x[2]) - 48) * 9 + (unicode(x[3]) - 48) * 10
    + (unicode(x[4]) - 48) * 5 + (unicode(x[5]) - 48) * 8 + (unicode(x[6]) - 48) * 4 + (unicode(x[7]) - 48) * 2
    + (unicode(x[8]) - 48) + (unicode(x[9]) - 48) * 6 + (unicode(x[10]) - 48) * 3 + (unicode(x[11]) - 48) * 7
    + (unicode(x[12]) - 48) * 9 + (unicode(x[13]) - 48) * 10 + (unicode(x[14]) - 48) * 5 + (unicode(x[15]) - 48) * 8
    + (unicode(x[16]) - 48) * 4 + (unicode(x[17]) - 48) * 2) % 11, 1) = x[18];

-- GB 32100-2015, MOD 31; the twin of isCreditCode in core/checks.ts.
CREATE OR REPLACE TEMP MACRO fo_credit_digit(c) AS instr('0123456789ABCDEFGHJKLMNPQRTUWXY', c) - 1;

CREATE OR REPLACE TEMP MACRO fo_is_credit_code(x) AS
  regexp_full_match(x, '[0-9A-HJ-NPQRTUWXY]{18}')
  AND substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - (fo_credit_digit(x[1]) + fo_credit_digit(x[2]) * 3
    + fo_credit_digit(x[3]) * 9 + fo_credit_digit(x[4]) * 27 + fo_credit_digit(x[5]) * 19 + fo_credit_digit(x[6]) * 26
    + fo_credit_digit(x[7]) * 16 + fo_credit_digit(x[8]) * 17 + fo_credit_digit(x[9]) * 20 + fo_credit_digit(x[10]) * 29
    + fo_credit_digit(x[11]) * 25 + fo_credit_digit(x[12]) * 13 + fo_credit_digit(x[13]) * 8 + fo_credit_digit(x[14]) * 24
    + fo_credit_digit(x[15]) * 10 + fo_credit_digit(x[16]) * 30 + fo_credit_digit(x[17]) * 28) % 31) % 31, 1) = x[18];

CREATE OR REPLACE TEMP MACRO fo_is_phone(x) AS
  regexp_full_match(x, '1[3-9]\d{9}|(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?');

-- Two spellings of the same text: full-width or half-width, capital or small, with or without blanks.
CREATE OR REPLACE TEMP MACRO fo_same_text(x) AS
  replace(replace(lower(translate(x,
    '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ（）－＃，．：　',
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz()-#,.: ')), ' ', ''), '·', '');
