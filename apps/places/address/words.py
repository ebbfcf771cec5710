"""The words the grammar knows. Longer words stand before the shorter ones they begin with."""

BEARINGS = {
    "东北": 45,
    "东南": 135,
    "西北": 315,
    "西南": 225,
    "东": 90,
    "南": 180,
    "西": 270,
    "北": 0,
}
TOWARDS = ("再往", "往", "向", "朝", "以")
ABOUT = ("大约", "大概", "约莫", "约", "近", "走", "行", "方向", "边", "侧", "面", "约走", "去")
SIDES = ("侧", "边", "面", "角", "头", "门", "端", "方向")
METRES = {"公里": 1000.0, "千米": 1000.0, "里地": 500.0, "米": 1.0, "m": 1.0}

NEAR = (
    "斜对面",
    "正对面",
    "对面",
    "旁边",
    "附近",
    "门口",
    "门前",
    "院内",
    "院里",
    "隔壁",
    "后面",
    "前面",
    "后门",
    "前门",
    "大门",
    "周边",
    "边上",
    "楼下",
    "里面",
    "旁",
)
CROSSING = ("路口", "口", "转角", "拐角", "交界", "交汇", "交叉")
BETWEEN = ("之间", "中间")
STRETCH = ("路段", "段")
JOINS = ("与", "和", "跟", "到", "至", "&", "-", "靠近", "近")
# Behind these somebody says where they live, which is seldom where the trouble is.
HOMES = ("住", "住在", "家在", "我家", "家住", "住址", "住址是", "户籍")
POLES = ("路灯杆号", "灯杆编号", "灯杆号", "路灯编号", "灯杆", "电线杆", "电杆", "杆号")

# What a name ends with, where the gazetteer does not know it.
ROAD_ENDINGS = ("大道", "大街", "胡同", "街道", "路", "街", "巷", "弄", "里弄")
AREA_ENDINGS = ("街道", "社区", "新区", "区", "镇", "乡", "村", "市")
PLACE_ENDINGS = (
    "花园",
    "家园",
    "小区",
    "新村",
    "公寓",
    "雅苑",
    "名苑",
    "佳园",
    "嘉园",
    "花苑",
    "宿舍",
    "大厦",
    "广场",
    "商场",
    "超市",
    "市场",
    "医院",
    "学校",
    "小学",
    "中学",
    "幼儿园",
    "派出所",
    "办事处",
    "居委会",
    "图书馆",
    "公园",
    "火车站",
    "救援站",
    "公交站",
    "站",
)
ENDINGS = tuple(
    sorted(
        {*ROAD_ENDINGS, *AREA_ENDINGS, *PLACE_ENDINGS},
        key=lambda word: (-len(word), word),
    )
)
# A road's 路 is none before these: 路灯, 路面.
NOT_A_ROAD = ("灯", "面", "边", "上", "况", "过", "牌", "基", "缘", "侧", "人", "线", "障")
# A name does not reach back over these.
STOPS = frozenset(
    "我在的是了你他她这那从到往向与及于位叫有请帮反映去来住靠近个家说把被就还又也都里上下前后"
)
LONGEST_UNKNOWN = 5  # characters before the ending
LETTERED = "甲乙丙丁戊"
# Behind bare digits these show that no door is meant: 12路车, 3天, 5个.
COUNTERS = frozenset("月日年点时分秒个只辆天次名人元岁度棵块条件张位斤吨万千百%.路线级楼栋期届")
