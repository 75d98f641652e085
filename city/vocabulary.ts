/** The words that the city's names, addresses and jobs are made of. Any likeness to real people or firms is chance. */
export const SURNAMES = [
  ...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤',
];
export const GIVEN_MALE = [
  ...'伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢庆栋晨昊然博文轩子豪天佑国建志德福荣富生根宝兴祥永',
];
export const GIVEN_FEMALE = [
  ...'芳娜敏静丽艳娟霞秀英玲桂兰梅红燕萍莉琴云洁雪琳婷颖佳慧欣怡雨诗涵梦瑶紫萱可馨淑珍凤珠宝妹月仙素巧翠惠蓉蕾璐倩',
];

export const COMMUNITIES = [
  '锦绣',
  '澜湾',
  '东汇',
  '望江',
  '安澜',
  '清荷',
  '文星',
  '春晖',
  '龙泽',
  '金桂',
  '永宁',
  '和顺',
  '翠竹',
  '南塘',
  '北苑',
  '双桥',
  '柳浦',
  '云锦',
  '海棠',
  '朝阳',
] as const;
export const NUMERALS = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'] as const;
export const STREETS = [
  '锦绣路',
  '澜湾路',
  '东汇路',
  '望江路',
  '安澜路',
  '清荷路',
  '文星路',
  '春晖路',
  '龙泽路',
  '金桂路',
  '永宁路',
  '和顺路',
  '翠竹路',
  '南塘街',
  '北苑路',
  '双桥路',
  '柳浦路',
  '云锦路',
  '海棠路',
  '朝阳路',
  '滨河大道',
  '锦澜大道',
  '学林路',
  '银杏街',
] as const;
export const ESTATE_HEADS = [...'锦澜东望安清文春龙金永和翠南北双柳云海朝'] as const;
export const ESTATE_TAILS = ['苑', '花园', '新村', '家园', '小区', '公寓', '名邸', '里'] as const;
export const PROPERTY_COMPANIES = [
  '安居物业服务有限公司',
  '锦城物业管理有限公司',
  '和润物业服务有限公司',
  '诚嘉物业管理有限公司',
  '万景物业服务有限公司',
  '绿洲物业管理有限公司',
  '东方家园物业有限公司',
  '明苑物业服务有限公司',
  '永安物业管理有限公司',
  '盛世物业服务有限公司',
  '业委会自管',
  '街道房管服务中心',
] as const;

/** First six digits of identity numbers: local districts first, then counties of other provinces with their names. */
export const LOCAL_REGIONS = [
  '310101',
  '310104',
  '310105',
  '310106',
  '310107',
  '310109',
  '310110',
  '310112',
  '310113',
  '310115',
] as const;
export const OTHER_REGIONS = [
  { code: '320583', name: '江苏省昆山市' },
  { code: '320921', name: '江苏省响水县' },
  { code: '321281', name: '江苏省兴化市' },
  { code: '330281', name: '浙江省余姚市' },
  { code: '330782', name: '浙江省义乌市' },
  { code: '340122', name: '安徽省肥东县' },
  { code: '341225', name: '安徽省阜南县' },
  { code: '341522', name: '安徽省霍邱县' },
  { code: '350582', name: '福建省晋江市' },
  { code: '360121', name: '江西省南昌县' },
  { code: '361121', name: '江西省上饶县' },
  { code: '370882', name: '山东省兖州市' },
  { code: '371323', name: '山东省沂水县' },
  { code: '410122', name: '河南省中牟县' },
  { code: '411527', name: '河南省淮滨县' },
  { code: '411628', name: '河南省鹿邑县' },
  { code: '420984', name: '湖北省汉川市' },
  { code: '421126', name: '湖北省蕲春县' },
  { code: '430181', name: '湖南省浏阳市' },
  { code: '511623', name: '四川省邻水县' },
  { code: '513922', name: '四川省乐至县' },
  { code: '500235', name: '重庆市云阳县' },
  { code: '520221', name: '贵州省水城县' },
  { code: '610125', name: '陕西省鄠县' },
  { code: '230882', name: '黑龙江省富锦市' },
] as const;
export const TOWNS = ['城关镇', '东关镇', '新集镇', '柳林乡', '石桥镇', '双塔乡', '白河镇', '三里镇'] as const;
export const MOBILE_HEADS = [
  '130',
  '131',
  '133',
  '135',
  '136',
  '137',
  '138',
  '139',
  '150',
  '151',
  '158',
  '159',
  '177',
  '180',
  '186',
  '188',
  '189',
  '199',
] as const;

export const OCCUPATIONS = [
  '企业职员',
  '工人',
  '个体经营',
  '专业技术人员',
  '服务业人员',
  '教师',
  '医护人员',
  '公务员',
  '快递员',
  '网约车司机',
  '家政服务',
  '自由职业',
] as const;
export const INSURANCES = ['城镇职工医保', '城乡居民医保', '公费医疗', '商业医保'] as const;
export const LAYOUTS = [
  { text: '一室一厅', rooms: 1, low: 32, high: 52 },
  { text: '两室一厅', rooms: 2, low: 52, high: 78 },
  { text: '两室两厅', rooms: 2, low: 72, high: 96 },
  { text: '三室一厅', rooms: 3, low: 78, high: 105 },
  { text: '三室两厅', rooms: 3, low: 95, high: 138 },
  { text: '四室两厅', rooms: 4, low: 130, high: 190 },
] as const;
export const AGENCIES = [
  '链家',
  '我爱我家',
  '中原地产',
  '太平洋房屋',
  '房东自租',
  '自如',
  '锦澜房屋租赁服务站',
] as const;

export const FIRM_HEADS = [...'锦澜东汇望江安和诚信恒泰盛昌宏远博瑞嘉华通达新联创智云海天元金鼎众合明德中科'] as const;
export const FIRM_KINDS: readonly { industry: string; word: string; scope: string }[] = [
  { industry: '制造业', word: '精密机械', scope: '机械零部件加工、制造、销售' },
  { industry: '建筑业', word: '建筑工程', scope: '房屋建筑工程施工，建筑装饰装修工程' },
  { industry: '批发和零售业', word: '商贸', scope: '日用百货、食品、办公用品的批发与零售' },
  { industry: '批发和零售业', word: '贸易', scope: '货物进出口，五金交电、建筑材料销售' },
  { industry: '交通运输仓储和邮政业', word: '物流', scope: '道路货物运输，仓储服务，货运代理' },
  { industry: '住宿和餐饮业', word: '餐饮管理', scope: '餐饮服务，餐饮企业管理，食品经营' },
  { industry: '信息传输软件和信息技术服务业', word: '信息科技', scope: '软件开发，信息系统集成，数据处理服务' },
  { industry: '信息传输软件和信息技术服务业', word: '网络科技', scope: '网络技术服务，互联网信息服务' },
  { industry: '金融业', word: '融资租赁', scope: '融资租赁业务，租赁财产的残值处理及维修' },
  { industry: '房地产业', word: '房地产经纪', scope: '房地产经纪，房地产咨询，物业管理' },
  { industry: '租赁和商务服务业', word: '企业管理咨询', scope: '企业管理咨询，商务信息咨询，会务服务' },
  { industry: '租赁和商务服务业', word: '人力资源', scope: '人才中介，劳务派遣，人力资源服务外包' },
  { industry: '科学研究和技术服务业', word: '检测技术', scope: '检验检测服务，技术咨询、技术转让' },
  { industry: '居民服务修理和其他服务业', word: '家政服务', scope: '家政服务，清洁服务，家用电器维修' },
  { industry: '教育', word: '教育科技', scope: '文化艺术类培训，教育软件开发' },
  { industry: '卫生和社会工作', word: '健康管理', scope: '健康管理咨询，诊所服务，养老服务' },
  { industry: '文化体育和娱乐业', word: '文化传播', scope: '文化艺术交流策划，体育赛事策划' },
];
export const SHOP_WORDS = [
  '便利店',
  '小吃店',
  '理发店',
  '五金店',
  '水果店',
  '药房',
  '面馆',
  '洗衣店',
  '文具店',
  '烟杂店',
] as const;
