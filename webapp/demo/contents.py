"""Complete application contents for invented hosts: every required field, right by the form and by the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from webapp.demo.world import BASES, Host, person_name

ENTITY_TYPES = {"事业单位": "public_institution", "公司法人": "company", "社会团体": "social_org"}

PARTNERS = [
    ("莱茵高等工业学院", "Rheinische Hochschule für Technik", "DEU"),
    ("格拉斯兰德大学", "University of Grassland", "NLD"),
    ("阿尔卑斯联邦研究所", "Alpine Federal Institute", "CHE"),
    ("关西新材料研究机构", "関西新材料研究機構", "JPN"),
    ("南十字星大学", "Southern Cross State University", "AUS"),
]


def application(host: Host, category: str, topic: str, number: int, file_id: str, today: date) -> dict[str, Any]:
    """The content of `forms/shared/application` for this host; `file_id` stands for every attachment."""
    leader = person_name(400 + number)
    content = {
        **_basics(host, category, topic, file_id),
        **_people(host, leader, number),
        **_cooperation(file_id, today, leader),
        **_plan(file_id, today),
        "management_systems": {
            name: {"state": "in_place", "file": file_id}
            for name in ("ip", "cross_border_data", "human_genetic", "ethics", "secrecy", "security_monitoring")
        },
        "commitments": ["truth", "no_secret", "partner_consent", "integrity"],
        "signed_by": person_name(500 + number),
        "signed_on": today.isoformat(),
    }
    if explained := _explained(host, category):
        content["explanations"] = [
            {"rule_id": rule, "text": "与已有基地错位布局，由本单位国际合作中心统一管理，共享渠道与平台。"}
            for rule in explained
        ]
    part = {"joint_rd": _joint_rd, "open_service": _open_service, "special_dev": _special_dev}[category]
    return content | part(host, topic, file_id, today)


def _explained(host: Host, category: str) -> list[str]:
    """Soft rules that this host would be asked about: a base it has already, a kind the category does not name."""
    rules = ["C11"] if any(f"host-{key}" == host.id for key, *_ in BASES) else []
    unusual = {
        "joint_rd": ("park", "service_agency", "other"),
        "open_service": ("university", "research_institute", "other"),
    }
    return rules + (["CAT"] if host.kind in unusual.get(category, ()) else [])


def _basics(host: Host, category: str, topic: str, file_id: str) -> dict[str, Any]:
    return {
        "base_name": f"{topic}国际科技合作基地",
        "category": category,
        "host_name": host.name,
        "uscc": host.uscc,
        "host_kind": host.kind,
        "entity_type": ENTITY_TYPES[host.entity_type],
        "entity_status": "active",
        "registered_in": "zhejiang",
        "registered_address": host.address,
        "city": host.city,
        "founded_on": host.founded,
        "legal_representative": person_name(hash_of(host.id)),
        "business_licence": file_id,
        "host_profile": f"{host.name}长期从事{topic}方向的研究开发与国际合作，建有专门的研发团队与公共平台，承担多项省级以上科技计划，"
        "与欧洲、亚洲多家机构保持稳定的合作关系，具备开展高水平国际科技合作的条件。",
        "recommender": host.recommender,
        "field_code": "new_materials",
        "keywords": [topic, "国际合作"],
        "main_regions": ["DEU", "NLD", "CHE"],
        "service_capacity": "设有国际合作办公室，专职人员四名，负责对外联络、外事手续与协议管理，能提供双语服务。",
        "facilities": "独立实验楼与公共测试平台，面积三千余平方米，配有视频会议与接待条件。",
        "team_count": 46,
        "site_area": 3200,
        "annual_budget": 860.5,
    }


def _people(host: Host, leader: str, number: int) -> dict[str, Any]:
    mobile = f"138{57000000 + number:08d}"
    team = [leader, person_name(420 + number), person_name(440 + number)]
    return {
        "leader": {
            "name": leader,
            "gender": "female" if number % 2 else "male",
            "birth": "1975-06",
            "title": "研究员",
            "position": "国际合作中心主任",
            "mobile": mobile,
            "email": f"leader{number}@example.cn",
            "nationality": "CHN",
            "years_at_host": 12,
            "full_time": True,
        },
        "contact": {
            "name": person_name(500 + number),
            "title": "科研秘书",
            "phone": "0571-88880000",
            "mobile": mobile,
            "email": f"contact{number}@example.cn",
        },
        "core_team": [
            {"name": name, "unit": host.name, "title": "研究员", "role": role, "time_share": share}
            for name, role, share in zip(team, ("总体负责", "联合研究", "合作联络"), (60, 50, 40), strict=True)
        ],
    }


def _cooperation(file_id: str, today: date, leader: str) -> dict[str, Any]:
    return {
        "partners": [
            {
                "name_zh": zh,
                "name": original,
                "country_region": region,
                "kind": "university" if index < 2 else "research_institute",
                "relation_since": "2018-03",
                "agreements": [
                    {
                        "agreement_title": f"科技合作框架协议（{zh}）",
                        "signed_on": date(today.year - 2, 5, 18).isoformat(),
                        "expires_on": date(today.year + 3, 5, 17).isoformat(),
                        "scope": "联合研究、人员交流与成果共享",
                        "related": True,
                        "file": file_id,
                    }
                ],
            }
            for index, (zh, original, region) in enumerate(PARTNERS[:3])
        ],
        "past_projects": [
            {
                "name": "政府间国际科技创新合作重点专项课题",
                "number": "2022YFE0100",
                "level": "national",
                "funder": "科学技术部",
                "role": "lead",
                "leader": leader,
                "leader_role": "base_leader",
                "started_on": date(today.year - 3, 1, 1).isoformat(),
                "ended_on": date(today.year, 12, 31).isoformat(),
                "amount": 420,
                "file": file_id,
            }
        ],
        "exchanges": [
            {
                "year": today.year - back,
                "in_persons": 36 - back * 4,
                "out_persons": 28 - back * 3,
                "events": "双边学术研讨会",
            }
            for back in (1, 2, 3)
        ],
    }


def _plan(file_id: str, today: date) -> dict[str, Any]:
    year = today.year
    return {
        "goals": "三年内建成覆盖欧亚主要创新国家的合作网络，联合突破若干关键技术，形成可复制推广的国际合作模式，"
        "服务全省相关产业开放创新，成为具有国际影响力的合作平台。",
        "operating_mechanism": "实行管理委员会领导下的主任负责制，设学术委员会与合作办公室，按年度计划推进并考核。",
        "tasks": [
            {
                "task": "channels",
                "measure": "新增两家海外合作机构并签署协议",
                "output": "合作协议两份",
                "year": year + 1,
            },
            {
                "task": "technology",
                "measure": "联合攻关关键材料制备工艺",
                "output": "联合论文八篇、专利四件",
                "year": year + 2,
            },
            {"task": "models", "measure": "总结离岸研发合作模式", "output": "合作案例两个", "year": year + 2},
            {"task": "openness", "measure": "举办国际学术论坛与技术对接会", "output": "活动三场", "year": year + 1},
        ],
        "construction_plan": file_id,
        "budget": [
            {"source": "host", "year": year + 1, "amount": 300},
            {"source": "own", "year": year + 2, "amount": 350.5},
        ],
        "guarantee": "依托单位落实场地、人员编制与年度经费，设立国际合作专项，并在外事手续上予以优先保障。",
        "expected_results": [
            {"indicator": "联合论文", "unit": "篇", "y1": 4, "y2": 6, "y3": 8},
            {"indicator": "引进海外技术", "unit": "项", "y1": 1, "y2": 2, "y3": 3},
        ],
    }


def _joint_rd(host: Host, topic: str, file_id: str, today: date) -> dict[str, Any]:
    part: dict[str, Any] = {
        "research_conditions": f"拥有{topic}方向省级重点实验室与中试平台，近五年承担国家级课题多项，具备与海外机构联合研究的条件。",
        "equipment": [{"name": "高分辨电子显微镜", "model": "HR-200", "quantity": 1, "value": 560}],
    }
    if host.kind == "enterprise":
        part |= {
            "ip_rights": [
                {
                    "kind": "invention",
                    "name": f"一种{topic}制备方法",
                    "number": "ZL202210000001.X",
                    "granted_on": "2023-08-01",
                    "owner": host.name,
                    "file": file_id,
                }
            ],
            "products": [{"name": f"{topic}系列产品", "ip_number": "ZL202210000001.X", "revenue": 6800}],
            "market_advantage": "主导产品在国内细分市场份额居前三位，出口二十余个国家和地区，用户评价良好。",
            "finance3": _finance(today, file_id),
        }
    return part


def _open_service(host: Host, topic: str, file_id: str, today: date) -> dict[str, Any]:
    return {
        "reserve_projects": [
            {
                "name": "低温等离子体消毒技术",
                "source": "格拉斯兰德大学",
                "country_region": "NLD",
                "field": topic,
                "stage": "pilot",
                "plan": "落地中试并引进团队",
            }
        ],
        "incubation_site": {
            "address": host.address,
            "area": 5200,
            "tenure": "owned",
            "tenure_file": file_id,
            "function": "国际项目孵化、海外人才工作站与路演交流场所",
        },
        "operating_funds": {"last_year": 420, "this_year": 480, "source": "依托单位自筹与服务收入"},
        "service_team": [
            {"name": person_name(460 + n), "duty": duty, "full_time": True}
            for n, duty in enumerate(("项目评估", "技术经纪", "活动运营"))
        ],
        "transfer_cases": [
            {
                "title": "海外传感器技术在浙转化",
                "kind": "technology",
                "direction": "inbound",
                "partner": "莱茵高等工业学院",
                "year": today.year - 1,
                "effect": "技术落地企业一家，实现销售收入一千二百万元。",
            }
        ],
    }


def _special_dev(_: Host, topic: str, file_id: str, today: date) -> dict[str, Any]:
    return {
        "special_branch": "overseas_body",
        "overseas_body": {
            "name": f"{topic}欧洲研发中心（慕尼黑）",
            "country_region": "DEU",
            "mode": "established",
            "established_on": "2021-04-01",
            "direct_share": 100,
            "indirect_share": 0,
            "certificate_no": "N3300202100001",
            "certificate_file": file_id,
            "location_reason": "所在地集聚多所高水平大学与产业研究机构，创新资源富集。",
            "staff": 32,
            "rd_spend": 1260,
            "synergy": "与省内研发总部实行双总监制，共享试验数据与平台，联合开展新产品开发。",
            "results": [{"name": f"新一代{topic}平台", "on": f"{today.year - 1}-06", "file": file_id}],
        },
        "finance3": _finance(today, file_id),
    }


def _finance(today: date, file_id: str) -> list[dict[str, Any]]:
    """Above the threshold of every size class (《高新技术企业认定管理办法》第十一条第五项)."""
    return [
        {
            "year": today.year - back,
            "sales": 12000 - back * 1000,
            "rd_total": 720 - back * 50,
            "rd_domestic": 690 - back * 50,
            "audit_file": file_id,
        }
        for back in (3, 2, 1)
    ]


def hash_of(text: str) -> int:
    """A small stable number of a text, for picking invented names."""
    return sum(ord(letter) * (index + 1) for index, letter in enumerate(text)) % 900
