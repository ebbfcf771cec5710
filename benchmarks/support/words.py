"""Reports as people write them, composed from parts: titles, texts, addresses.

The parts are chosen by how often they come in a hotline, so that two-character words range
from one text in three to one in a thousand. The same number gives the same words.
"""

import random

PLACES = (
    "解放路", "和平路", "人民路", "建设街", "文化路", "新华街", "中山路", "站前街", "滨河路",
    "学府路", "花园小区", "阳光家园", "东方名城", "书香苑", "锦绣华庭", "翠湖小区", "金色港湾",
    "农贸市场", "实验小学", "第三中学", "人民医院", "体育公园", "长途车站", "市民广场",
)  # fmt: skip
# (subject, what is wrong, class), from frequent to rare.
TROUBLES = (
    ("噪音", "施工到深夜，声音很大，老人和孩子无法休息", "env.noise"),
    ("停车", "车辆长期占用人行道，行人只能走到机动车道上", "road.parking"),
    ("物业", "服务不到位，楼道卫生无人打扫，电话没有人接听", "estate.property"),
    ("垃圾", "清运不及时，已经堆了好几天，气味很难闻", "city.garbage"),
    ("路面", "破损严重，雨后积水，电动车容易摔倒", "road.damage"),
    ("路灯", "不亮已经一周，夜间一片漆黑，出行不便", "road.lamp"),
    ("供暖", "温度不达标，室内只有十四度，缴费后没有人上门", "utility.heat"),
    ("停水", "没有提前通知，多户居民家中没有水用", "utility.water"),
    ("井盖", "松动，车辆经过时声音很大，有掉落的危险", "road.manhole"),
    ("电梯", "经常故障，上周困人一次，维保单位没有处理", "estate.elevator"),
    ("油烟", "从饭店后厨直接排到居民楼，窗户不敢打开", "env.smoke"),
    ("扬尘", "工地没有覆盖，渣土车经过时尘土飞扬", "env.dust"),
    ("积水", "排水口堵塞，一下雨就倒灌，车辆无法通行", "utility.drain"),
    ("摊贩", "占道经营，早晚高峰通行困难", "city.stall"),
    ("公交", "班次太少，早高峰要等四十分钟", "traffic.bus"),
    ("工资", "拖欠三个月，单位负责人一直推脱", "labor.wage"),
    ("树木", "倾斜压到电线，刮风时有安全隐患", "city.greening"),
    ("违建", "在楼顶私自搭建，影响邻居采光", "city.illegal_build"),
    ("退款", "商家拒绝退还预付卡余额", "market.refund"),
    ("燃气", "报修后一直没有人来，担心泄漏", "utility.gas"),
    ("信号灯", "损坏，路口交通混乱", "road.signal"),
    ("消防", "通道被杂物堵住，存在隐患", "safety.fire"),
    ("户籍", "办理落户材料不清楚，希望得到解释", "social.residence"),
    ("疫苗", "预约不上，社区医院说没有库存", "health.hospital"),
)  # fmt: skip
OPENINGS = (
    "市民来电反映，", "居民反映，", "您好，", "家住附近，", "多位业主反映，", "本人是附近商户，",
    "来电人称，", "路过时发现，",
)  # fmt: skip
HISTORY = (
    "此前已经多次反映，至今没有解决。", "上个月投诉过一次，处理后又出现同样的情况。",
    "向社区反映过，答复会尽快安排，之后没有消息。", "这是第一次反映。",
    "已向物业和街道说明情况，双方互相推诿。", "情况持续半个月，越来越严重。",
    "周末和节假日尤其明显，工作日稍好。", "附近有学校，每天上下学时段孩子经过，家长很担心。",
)  # fmt: skip
WISHES = (
    "希望尽快处理并回复。", "请相关部门核实处理。", "希望安排人员到现场查看。",
    "请告知处理时限和联系人。", "要求彻底解决，避免反复。", "希望加强日常巡查和管理。",
)  # fmt: skip
SEARCHED = (
    "噪音", "停车", "物业", "垃圾", "路面", "路灯", "供暖", "井盖", "电梯", "油烟", "扬尘",
    "积水", "公交", "工资", "树木", "违建", "退款", "燃气", "消防", "户籍", "疫苗", "希望",
    "处理", "居民", "解放", "人民", "花园", "小区", "维保", "库存", "落户", "采光",
)  # fmt: skip


def report(number: int) -> dict[str, str]:
    """Will compose a report: title, text of 90 to 300 characters, address, class_code."""
    rng = random.Random(number)
    rank = min(int(rng.paretovariate(0.9)) - 1, 3 * len(TROUBLES))
    subject, wrong, class_code = TROUBLES[rank] if rank < len(TROUBLES) else rng.choice(TROUBLES)
    place, other = rng.sample(PLACES, 2)
    door = rng.randint(1, 399)
    title = f"{place}{subject}问题{'反复' if rng.random() < 0.2 else ''}"
    story = rng.sample(HISTORY, rng.randint(1, 4))
    text = (
        f"{rng.choice(OPENINGS)}{place}{door}号附近（靠近{other}）{subject}{wrong}。"
        f"{''.join(story)}{''.join(rng.sample(WISHES, rng.randint(1, 2)))}"
    )
    return {
        "title": title,
        "text": text,
        "address": f"{place}{door}号",
        "class_code": class_code,
    }
