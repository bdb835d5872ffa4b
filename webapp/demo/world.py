"""The invented people and organisations of the demonstration province. Nothing here exists; codes only check."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import uscc

CITY_NAMES = {
    "330100": "杭州", "330200": "宁波", "330300": "温州", "330400": "嘉兴", "330500": "湖州", "330600": "绍兴",
    "330700": "金华", "330800": "衢州", "330900": "舟山", "331000": "台州", "331100": "丽水",
}  # fmt: skip


@dataclass(frozen=True)
class Host:
    """A host institution; `recommender` empty: the bureau of its city."""

    id: str
    name: str
    kind: str
    city: str
    uscc: str
    entity_type: str
    recommender: str
    short: str
    founded: str
    address: str


@dataclass(frozen=True)
class Expert:
    """A reviewer; `org` is where he works, for recusal (回避)."""

    id: str
    name: str
    org: str
    fields: tuple[str, ...]


_KIND_CODES = {
    "university": "12",
    "research_institute": "12",
    "enterprise": "91",
    "park": "91",
    "service_agency": "91",
    "other": "51",
}
_ENTITY = {"university": "事业单位", "research_institute": "事业单位", "enterprise": "公司法人", "park": "公司法人",
           "service_agency": "公司法人", "other": "社会团体"}  # fmt: skip

_HOSTS = [
    # id, name, kind, city, recommender, short
    ("qjdx", "钱江大学", "university", "330100", "dept-qjdx", "钱江大学"),
    ("xxlg", "西溪理工大学", "university", "330100", "dept-jyt", "西溪理工"),
    ("yjdx", "甬江大学", "university", "330200", "dept-jyt", "甬江大学"),
    ("oyda", "瓯江医科大学", "university", "330300", "dept-jyt", "瓯江医大"),
    ("tmnl", "天目农林大学", "university", "330100", "dept-jyt", "天目农林"),
    ("hyxy", "东极海洋学院", "university", "330900", "dept-jyt", "东极海洋"),
    ("jhsf", "鉴湖师范大学", "university", "330600", "dept-jyt", "鉴湖师大"),
    ("gzyj", "浙江省光子信息研究院", "research_institute", "330100", "", "光子研究院"),
    ("ydcl", "甬东新材料研究所", "research_institute", "330200", "", "甬东材料所"),
    ("hdst", "浙江省海岛生态研究院", "research_institute", "330900", "dept-zrzy", "海岛生态院"),
    ("yzsw", "越州生物医药研究院", "research_institute", "330600", "", "越州生医院"),
    ("wjzz", "婺江先进制造研究院", "research_institute", "330700", "", "婺江制造院"),
    ("slyy", "浙江省立同德医院", "research_institute", "330100", "dept-wjw", "同德医院"),
    ("qtwx", "钱塘微芯科技股份有限公司", "enterprise", "330100", "", "钱塘微芯"),
    ("baien", "拜恩（杭州）自动化有限公司", "enterprise", "330100", "", "拜恩自动化"),
    ("ygzn", "甬港智能装备有限公司", "enterprise", "330200", "", "甬港智能"),
    ("ohdq", "瓯海潮电气集团股份有限公司", "enterprise", "330300", "", "瓯海潮电气"),
    ("jhgf", "嘉禾光伏科技有限公司", "enterprise", "330400", "", "嘉禾光伏"),
    ("txsw", "苕溪生物制药有限公司", "enterprise", "330500", "", "苕溪生物"),
    ("jhfx", "镜湖纺织新材料有限公司", "enterprise", "330600", "", "镜湖纺材"),
    ("wzqp", "婺州汽车零部件有限公司", "enterprise", "330700", "", "婺州汽配"),
    ("kcfc", "柯城氟材料有限公司", "enterprise", "330800", "", "柯城氟材"),
    ("dhcb", "东海船舶重工有限公司", "enterprise", "330900", "", "东海船舶"),
    ("ccyl", "赤城医疗器械股份有限公司", "enterprise", "331000", "", "赤城医疗"),
    ("bjkc", "滨江国际科创园管理有限公司", "park", "330100", "", "滨江科创园"),
    ("nhkj", "南湖中欧科技园有限公司", "park", "330400", "", "南湖科技园"),
    ("tzwy", "台州湾国际创新园有限公司", "park", "331000", "", "台州湾创新园"),
    ("zjlj", "浙江链桥国际技术转移中心有限公司", "service_agency", "330100", "", "链桥转移中心"),
    ("nbhc", "宁波海丝技术转移服务有限公司", "service_agency", "330200", "", "海丝转移"),
    ("ywsl", "义乌丝路创新服务有限公司", "service_agency", "330700", "", "丝路创新"),
    ("lsst", "丽水生态产品国际合作促进会", "other", "331100", "", "丽水促进会"),
]  # fmt: skip

_STREETS = ["创新路", "学院路", "求是路", "开放大道", "海创街", "科技大道", "文渊路", "新安路"]


def _host(index: int, row: tuple[str, str, str, str, str, str]) -> Host:
    key, name, kind, city, recommender, short = row
    body = f"MA{index:02d}GH{(index * 37) % 100:02d}"
    region = f"{city[:4]}08" if kind not in ("university",) else "330000"
    return Host(
        id=f"host-{key}",
        name=name,
        kind=kind,
        city=city,
        uscc=uscc.compose(_KIND_CODES[kind], region, body),
        entity_type=_ENTITY[kind],
        recommender=recommender or f"city-{city}",
        short=short,
        founded=f"{1998 + index % 20}-0{1 + index % 9}-1{index % 9}",
        address=f"浙江省{CITY_NAMES[city]}市{_STREETS[index % len(_STREETS)]}{18 + index * 7}号",
    )


HOSTS: list[Host] = [_host(index, row) for index, row in enumerate(_HOSTS, 10)]

DEPARTMENTS = {
    "dept-jyt": "浙江省教育厅",
    "dept-wjw": "浙江省卫生健康委员会",
    "dept-zrzy": "浙江省自然资源厅",
    "dept-nynct": "浙江省农业农村厅",
    "dept-jxt": "浙江省经济和信息化厅",
}

SELF_RECOMMENDING = {"dept-qjdx": "钱江大学（归口管理）"}

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
_GIVEN = ["知远", "景行", "若水", "明澈", "书宁", "以宁", "思齐", "怀瑾", "望舒", "清扬", "嘉树", "承泽", "予安", "子衿", "云帆",
          "星野", "长风", "听澜", "疏桐", "砚秋", "静姝", "可期", "思远", "文博", "亦凡", "昭明", "懿行", "逸尘", "鹤鸣", "南星"]  # fmt: skip


def person_name(number: int) -> str:
    """An invented name; different numbers below 1,000 give different names."""
    return _SURNAMES[number % len(_SURNAMES)] + _GIVEN[(number * 7 + number // len(_SURNAMES)) % len(_GIVEN)]


FIELDS = ("internet_plus", "life_health", "new_materials", "other")
_EXPERT_ORGS = ["华东光电研究所", "江淮大学", "长三角材料创新中心", "申江医学院", "吴越农业科学院", "沪渎海洋大学", "金陵工学院", "host-qjdx",
                "host-xxlg", "host-gzyj"]  # fmt: skip

EXPERTS: list[Expert] = [
    Expert(
        id=f"expert-{n:02d}",
        name=person_name(200 + n),
        org=_EXPERT_ORGS[n % len(_EXPERT_ORGS)],
        fields=(FIELDS[n % len(FIELDS)], FIELDS[(n + 3) % len(FIELDS)]),
    )
    for n in range(1, 41)
]

PROVINCE_PEOPLE = [
    # id, login, name, role, org
    ("p-officer", "shengting", "沈予安", "province_officer", "province"),
    ("p-officer2", "shengting2", "何清扬", "province_officer", "province"),
    ("p-head", "chuzhang", "陆景行", "division_head", "province"),
    ("p-leader", "tinglingdao", "顾承泽", "dept_leader", "province"),
    ("p-province-jd", "jiandu", "韩明澈", "cosign_division", "province-jd"),
    ("p-province-fg", "fagui", "吕书宁", "cosign_division", "province-fg"),
    ("p-province-zg", "jicai", "施思齐", "cosign_division", "province-zg"),
    ("p-analyst", "fenxi", "苏怀瑾", "analyst", "province"),
    ("p-analyst2", "fenxi2", "梁望舒", "analyst", "province"),
    ("p-sysadmin", "xitong", "系统管理员·卫", "sysadmin", "province"),
    ("p-secadmin", "anquan", "安全管理员·秦", "secadmin", "province"),
    ("p-auditadmin", "shenji", "审计管理员·许", "auditadmin", "province"),
]

BASES = [
    # host, base name, category, designated on, document, leader number, regions
    ("qjdx", "量子精密测量", "joint_rd", "2019-12-20", 128, ["DEU", "CHE"]),
    ("xxlg", "智能网联汽车", "joint_rd", "2019-12-20", 128, ["DEU", "SWE"]),
    ("yjdx", "高分子材料", "joint_rd", "2019-12-20", 128, ["JPN", "NLD"]),
    ("oyda", "眼视光学", "joint_rd", "2019-12-20", 128, ["USA", "AUS"]),
    ("tmnl", "竹基复合材料", "joint_rd", "2021-11-08", 64, ["CHL", "FIN"]),
    ("gzyj", "硅基光电子", "joint_rd", "2021-11-08", 64, ["BEL", "GBR"]),
    ("ydcl", "磁性材料", "joint_rd", "2021-11-08", 64, ["JPN", "KOR"]),
    ("hdst", "海岛生态修复", "joint_rd", "2021-11-08", 64, ["NZL", "FRA"]),
    ("wjzz", "增材制造", "joint_rd", "2021-11-08", 64, ["ITA", "DEU"]),
    ("slyy", "老年医学", "joint_rd", "2023-06-15", 41, ["JPN", "GBR"]),
    ("bjkc", "数字创新", "open_service", "2019-12-20", 128, ["ISR", "SGP"]),
    ("nhkj", "中欧清洁技术", "open_service", "2021-11-08", 64, ["NLD", "DNK"]),
    ("tzwy", "医药离岸孵化", "open_service", "2023-06-15", 41, ["USA", "CHE"]),
    ("zjlj", "国际技术转移", "open_service", "2021-11-08", 64, ["DEU", "FRA"]),
    ("nbhc", "海上丝路技术转移", "open_service", "2023-06-15", 41, ["MYS", "IDN"]),
    ("ohdq", "新型配电海外研发", "special_dev", "2021-11-08", 64, ["ESP", "DEU"]),
    ("jhgf", "高效光伏海外研发", "special_dev", "2023-06-15", 41, ["AUS", "DEU"]),
    ("wzqp", "底盘系统海外研发", "special_dev", "2023-06-15", 41, ["DEU", "AUT"]),
    ("kcfc", "特种氟材料", "special_dev", "2023-06-15", 41, ["JPN", "FRA"]),
    ("dhcb", "绿色船舶", "joint_rd", "2023-06-15", 41, ["NOR", "KOR"]),
]
