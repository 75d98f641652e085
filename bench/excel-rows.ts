/** The bench table: 20 columns, row `i` depends on `i` only, the same in every language the peers are written in. */

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const GIVEN = [...'伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超霞平刚桂兰建国华文博宇轩'];
const words = (text: string) => text.split(' ');
const DISTRICTS = words(
  '东城区 西城区 朝阳区 海淀区 丰台区 通州区 昌平区 大兴区 顺义区 房山区 怀柔区 平谷区 密云区 延庆区 石景山区 门头沟区',
);
const STREETS = words(
  '和平街道 解放街道 建国街道 新华街道 光明镇 永定镇 长安镇 北苑乡 南庄乡 东风乡 西关街道 中心街道 金山镇 银河镇 红旗乡 青年街道',
);
const COMMUNITIES = words(
  '幸福社区 阳光社区 花园社区 平安村 富强村 友谊社区 团结村 胜利村 康乐社区 锦绣社区 翠湖社区 桃源村 松林村 柳河村 梅苑社区 竹园社区',
);
const ROADS = words(
  '人民路 中山路 建设大街 文化路 新建路 学府路 站前街 滨河路 工业大道 迎宾路 环城路 体育街 园林路 商贸街 科技路 民生路',
);
const STATES = words('正常 待审核 已退回 已归档 居民 农村 城镇 在职 退休 失业 参保 停保 迁入 迁出 注销');
const PEOPLES = words('汉族 回族 满族 壮族 苗族 彝族 藏族 土家族 蒙古族 维吾尔族 朝鲜族 侗族');

export const HEADERS = words(
  '序号 姓名 住址 证件号 电话 出生日期 金额 状态 数量 是否 登记日期 比率 备注 民族 指标一 指标二 类别 指标三 编码 合计',
);
/** Columns that hold days. */
export const DAY_COLUMNS: ReadonlySet<number> = new Set([5, 10]);

export function createBenchRows(): (index: number) => unknown[] {
  const start = Date.UTC(1960, 0, 1);
  const days = Array.from({ length: 24_000 }, (_, i) => new Date(start + i * 86_400_000));
  const digits = days.map((day) => day.toISOString().slice(0, 10).replaceAll('-', ''));
  const codes = Array.from({ length: 5_000 }, (_, i) => `C${String(i).padStart(6, '0')}`);
  return (index) => {
    let x = Math.imul(index, 2_654_435_761);
    x ^= x >>> 15;
    x = Math.imul(x, 2_246_822_519);
    x ^= x >>> 13;
    const draw = (below: number): number => {
      x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      return (x >>> 8) % below;
    };
    const pick = <Item>(items: readonly Item[]): Item => items[draw(items.length)]!;
    const short = pick(SURNAMES) + pick(GIVEN);
    const third = pick(GIVEN);
    const name = draw(10) < 6 ? short + third : short;
    const address = `${pick(DISTRICTS)}${pick(STREETS)}${pick(COMMUNITIES)}${pick(ROADS)}${draw(999) + 1}号${draw(30) + 1}栋${draw(900) + 100}室`;
    const birth = draw(18_000);
    const id = `${110_000 + draw(800_000)}${digits[birth]}${1_000 + draw(9_000)}`;
    const phone = `13${100_000_000 + ((Math.imul(index >> 1, 2_654_435_761) >>> 0) % 900_000_000)}`;
    const amount = draw(10_000_000) / 100;
    const state = pick(STATES);
    const quantity = draw(1_000);
    const flag = draw(2) === 1;
    const registered = days[20_000 + draw(4_000)];
    const ratio = draw(1_000_000) / 10_000;
    const noteKind = draw(10);
    const noteText = pick(GIVEN) + pick(GIVEN);
    const note = noteKind < 3 ? `备注<${noteText}&${index}>` : null;
    const people = pick(PEOPLES);
    const measures = [draw(100_000) / 100, draw(1_000_000)];
    const kind = pick(STATES);
    const third3 = draw(10_000) / 10;
    const total = draw(10_000_000) / 100;
    // biome-ignore format: one row, one line
    return [index, name, address, id, phone, days[birth], amount, state, quantity, flag, registered, ratio, note, people, measures[0], measures[1], kind, third3, codes[index % 5_000], total];
  };
}
