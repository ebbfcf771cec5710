"""The words the phone's scripts say; with the page, so that they are there without a network."""

from django.utils.translation import gettext as _

from apps.phone.deeds import KINDS


def words() -> dict[str, str]:
    """Will give them by name in the viewer's language. ``{n}`` and the like are filled in there."""
    kinds = {f"kind_{kind.code}": str(kind.label) for kind in KINDS}
    return kinds | _frame() | _forms() | _lists() | _answers() | _me()


def _frame() -> dict[str, str]:
    return {
        "net_on": _("在线"),
        "net_offline": _("没有网络"),
        "net_signed_out": _("登录已过期"),
        "net_other_person": _("登录的是另一个人"),
        "net_busy": _("同步的人较多"),
        "net_server": _("服务器暂时没有答复"),
        "net_no_right": _("没有网格员岗位"),
        "net_sending": _("正在发送"),
        "net_rate_limited": _("发送过于频繁"),
        "net_not_allowed": _("服务器不接受"),
        "net_other": _("暂时不能发送"),
        "storage": _("手机存储打不开，请检查浏览器是否为无痕模式"),
        "full": _("手机存储已满，照片没有保存，请先发送待发内容或清理手机"),
        "nearlyFull": _("手机存储快满了，请尽快联网发送"),
        "notSaved": _("没有存上，请再试一次；填写的内容还在"),
        "nobody": _("未登录"),
        "cancel": _("取消"),
        "choose": _("请选择"),
        "must": _("（必填）"),
    }


def _forms() -> dict[str, str]:
    return {
        "required": _("请填写此项"),
        "photoRequired": _("请至少拍 {n} 张照片"),
        "photoMost": _("一次最多 {n} 张照片"),
        "photoBad": _("这张照片读不出来，请重拍"),
        "photoLost": _("照片已不在手机上，请重拍"),
        "photoN": _("照片 {n}"),
        "photoDrop": _("删除照片 {n}"),
        "photoNoPlace": _("无定位"),
        "placeRequired": _("没有位置，请在地图上选取"),
        "placeNone": _("还没有定位，可在地图上选取"),
        "placePicked": _("已在地图上选取"),
        "placeFound": _("已定位，误差约 {m} 米"),
        "mapPick": _("选取位置的地图，方向键移动"),
        "mapHow": _("移动地图，让十字对准位置"),
        "mapTake": _("就是这里"),
        "mapEmpty": _("今天的网格内没有待办"),
        "allClasses": _("全部大类"),
        "nearThing": _("{name}（{m} 米）"),
        "nearEvent": _("{title}（{number}，{m} 米）"),
        "aProblem": _("现场问题"),
        "finding_fine": _("完好"),
        "finding_damaged": _("损坏"),
        "finding_missing": _("缺失"),
        "finding_moved": _("移位"),
        "finding_new": _("新增"),
        "newFile": _("新建：{kind}"),
        "noFiles": _("没有找到档案"),
        "checkPass": _("已解决"),
        "checkFail": _("没有解决"),
        "verifyPass": _("情况属实"),
        "verifyFail": _("情况不实"),
        "taskGone": _("当日包里没有这个任务，可能已由他人完成；仍可填写，发送后会告诉您结果。"),
        "visitGone": _("当日包里没有这次走访。"),
        "beforeN": _("处置前照片 {n}"),
        "orderGone": _("当日包里没有这张工单，可能已改派；仍可填写，发送后会告诉您结果。"),
        "orderNone": _("没有这台设备的工单"),
        "scanHold": _("请将二维码对准画面"),
        "scanStop": _("停止扫描"),
        "scanBad": _("无法打开摄像头，请输入编码查找"),
    }


def _lists() -> dict[str, str]:
    return {
        "look_verify": _("核实"),
        "look_check": _("核查"),
        "until": _("{at} 前"),
        "points": _("{done} / {all} 个点"),
        "late": _("已逾期 {n} 天"),
        "dueOn": _("{on} 前"),
        "noTasks": _("没有待办任务"),
        "noPatrols": _("今天没有巡查"),
        "noOrders": _("没有派给您的维修工单"),
        "noVisits": _("没有到期走访"),
        "noCells": _("今天没有安排网格"),
        "cells": _("{first}等 {n} 个网格"),
        "metres": _("距您 {m} 米"),
        "pointDone": _("已签到"),
        "pointFar": _("等待定位"),
        "screen_report": _("问题上报"),
        "screen_look": _("核实核查"),
        "screen_patrol": _("巡查签到"),
        "screen_survey": _("部件普查"),
        "screen_visit": _("走访"),
        "screen_file": _("档案采集"),
        "screen_note": _("随手记"),
        "screen_repair": _("维修反馈"),
    }


def _answers() -> dict[str, str]:
    return {
        "state_waiting": _("待发"),
        "state_done": _("已办理"),
        "state_refused": _("退回修改"),
        "state_conflict": _("有冲突，待裁定"),
        "state_kept": _("已留存"),
        "willSend": _("联网后自动发送"),
        "againAt": _("{at} 自动重试"),
        "number": _("编号 {n}"),
        "whoSettles": _("由{who}裁定"),
        "mark": _("已标记：{mark}"),
        "mend": _("修改"),
        "again": _("再发一次"),
        "photos": _("{n} 张照片"),
        "allSent": _("没有待发内容"),
        "noAnswers": _("还没有回执"),
        "sent": _("已发送 {n} 项"),
        "saved": _("已存入待发，手机关机也不会丢"),
    }


def _me() -> dict[str, str]:
    return {
        "dutyOn": _("上岗已登记"),
        "dutyOff": _("下岗已登记，不再收集位置"),
        "dutySince": _("{at} 起在岗"),
        "dutyNot": _("未上岗"),
        "consentMissing": _("联网取得告知内容后才能同意收集位置；不同意也可以上岗。"),
        "packState": _("{day} 的当日包，{at} 更新，{mb} MB"),
        "packNone": _("还没有当日包，请联网获取"),
        "packFetched": _("当日包已是最新"),
        "packFailed": _("没有取到，请检查网络和登录"),
        "clockRight": _("手机时间准确"),
        "clockWrong": _("手机时间差约 {min} 分钟，请校准；已填写的时间会自动校正"),
        "clockUnknown": _("联网后核对手机时间"),
        "storageState": _("已用 {used} MB，共 {all} MB。"),
        "storageKept": _("浏览器不会自动清理。"),
        "storageLoose": _("空间不足时浏览器可能清理，请把本页添加到主屏幕并及时发送。"),
        "syncBackground": _("关闭页面后，恢复网络时浏览器会自动发送。"),
        "syncOpen": _("此浏览器不能在后台发送，打开本页时自动发送。"),
    }
