import { expect, it } from 'vitest';
import { parseAddress } from '../../warehouse/matching/address.ts';
import { enterpriseName } from '../../warehouse/matching/enterprise-name.ts';
import { personNameKey, personNameLikeness } from '../../warehouse/matching/person-name.ts';
import { chineseNumber } from '../../warehouse/matching/plain-text.ts';
import { loadMatchRules } from '../../warehouse/matching/rules.ts';
import { scorePair } from '../../warehouse/matching/score.ts';

it.each([
  ['张伟', '张 伟'],
  ['张伟', '　張偉　'],
  ['阿布都·热依木', '阿布都•热依木'],
  ['阿布都·热依木', '阿布都.热依木'],
  ['阿布都·热依木', '阿布都．热依木'],
  ['买买提·艾力', '买买提艾力'],
  ['陈晓东', '陳曉東'],
  ['王芳', '王芳（户主）'],
  ['李娜', '李\u200b娜'],
  ['Anna Li', 'ＡＮＮＡ　ＬＩ'],
])('%s and %s are one name', (a, b) => {
  expect(personNameKey(a)).toBe(personNameKey(b));
  expect(personNameLikeness(a, b)).toBe(1);
});

it.each([
  ['欧阳娜娜', '欧阳娜', 0.5],
  ['王小明', '王晓明', 0.5],
  ['王伟', '王磊', 0],
  ['李小明', '王小明', 0],
  ['', '王磊', 0],
])('%s and %s are alike by %d', (a, b, likeness) => {
  expect(personNameLikeness(a, b)).toBe(likeness);
  expect(personNameLikeness(b, a)).toBe(likeness);
});

it.each([
  ['上海市晨光商贸有限公司', '晨光商贸有限责任公司'],
  ['上海晨光（中国）商贸有限公司', '晨光商贸有限公司'],
  ['上海晨光商贸有限公司', '晨光商贸（上海）有限公司'],
  ['浦东新区远洋物流股份有限公司', '远洋物流股份公司'],
  ['上海市徐汇区顺达餐饮店', '顺达餐饮店'],
  ['上海三林置业有限公司', '三林置业有限公司'],
  ['上海晨光商贸有限公司第二分公司', '晨光商贸有限责任公司第2分公司'],
  ['上海華聯超市有限公司', '上海华联超市有限公司'],
  ['明德企业管理合伙企业（有限合伙）', '上海明德企业管理合伙企业(有限合伙)'],
])('%s and %s are one enterprise name', (a, b) => {
  expect(enterpriseName(a).key).toBe(enterpriseName(b).key);
  expect(enterpriseName(a).key).not.toBe('');
});

it('a branch is not the enterprise, and another branch not the same one', () => {
  const [whole, first, second] = ['', '第一分公司', '第二分公司'].map((x) =>
    enterpriseName(`上海晨光商贸有限公司${x}`),
  );
  expect(new Set([whole!.key, first!.key, second!.key]).size).toBe(3);
  expect(first).toMatchObject({ region: '上海', core: '晨光商贸', form: '有限', branch: '1分公司' });
});

it.each([
  ['上海市幸福路一百二十弄３号５０１室', '幸福路120弄3号501室'],
  ['幸福路120弄3号501', '上海市浦东新区幸福街道幸福路120弄3号501室'],
  ['幸福路120弄3号0501室', '幸福路 120弄 3号 501室'],
  ['康乐小区3幢2单元501室', '康乐小区3-2-501'],
  ['康乐小区三号楼501室', '康乐小区3幢501'],
  ['康乐小区3栋501室', '康乐小区３－５０１'],
  ['幸福路88号3幢501室', '幸福路88号3号楼501'],
  ['人民路十二号', '人民路12号'],
  ['人民路12-16号', '人民路12号'],
  ['幸福路120弄5支弄3号201室', '上海市幸福路120弄5支弄3号201'],
])('%s and %s are one place', (a, b) => {
  expect(parseAddress(a).key).toBe(parseAddress(b).key);
  expect(parseAddress(a).key).not.toBe('');
});

it('parts of an address are told apart', () => {
  expect(parseAddress('上海市徐汇区三林路120弄3号2单元501室')).toMatchObject({
    road: '三林路',
    lane: '120',
    building: '3',
    unit: '2',
    room: '501',
  });
  expect(parseAddress('三林路120弄5支弄3号')).toMatchObject({ lane: '120', sublane: '5', building: '3' });
  expect(parseAddress('三林路120弄3号501室').key).not.toBe(parseAddress('三林路120弄3号502室').key);
  expect(parseAddress('三林路').key).toBe('');
  expect(parseAddress(null).key).toBe('');
});

it.each([
  ['一百二十三', 123],
  ['五〇一', 501],
  ['十二', 12],
  ['二十', 20],
  ['一千零五', 1005],
  ['叁拾', 30],
  ['路', null],
])('%s is %s', (spelled, number) => expect(chineseNumber(spelled)).toBe(number));

it.each([
  ['310112196911212947', 'agree', 16],
  ['310112196911212946', 'near', 16],
  ['310112196911212974', 'partial', 10],
  ['31011219691121294', 'partial', 10],
  ['310112196911211234', 'differ', -4],
  ['', 'unknown', 0],
])('an identity number held against %s is told as %s', (other, outcome, weight) => {
  const { features } = scorePair(loadMatchRules().get('person')!, { id_no: '310112196911212947' }, { id_no: other });
  expect(features.find(({ field }) => field === 'id_no')).toMatchObject({ outcome, weight });
});
