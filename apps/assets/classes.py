"""The kinds of street furniture a new city starts with; the dictionary is then the city's."""

# (code, name, large class, icon)
SEED_CLASSES = (
    ("0101", "上水井盖", "公用设施", "manhole"),
    ("0102", "污水井盖", "公用设施", "manhole"),
    ("0103", "雨水井盖", "公用设施", "manhole"),
    ("0104", "雨水箅子", "公用设施", "grill"),
    ("0105", "电力井盖", "公用设施", "manhole"),
    ("0106", "通信井盖", "公用设施", "manhole"),
    ("0110", "路灯", "公用设施", "bulb"),
    ("0111", "消火栓", "公用设施", "fire-hydrant"),
    ("0112", "监控摄像机", "公用设施", "device-cctv"),
    ("0113", "燃气调压箱", "公用设施", "flame"),
    ("0201", "交通标志牌", "道路交通", "road-sign"),
    ("0202", "交通信号灯", "道路交通", "traffic-lights"),
    ("0203", "路名牌", "道路交通", "signpost"),
    ("0204", "公交站亭", "道路交通", "bus-stop"),
    ("0205", "道路护栏", "道路交通", "fence"),
    ("0301", "公共厕所", "市容环境", "toilet-paper"),
    ("0302", "果皮箱", "市容环境", "trash"),
    ("0303", "垃圾收集点", "市容环境", "recycle"),
    ("0401", "行道树", "园林绿化", "tree"),
    ("0402", "花坛", "园林绿化", "flower"),
    ("0501", "公共座椅", "其他", "armchair"),
    ("0502", "感知终端", "其他", "radar"),
)
