import pytest

from apps.common.masking import mask_address, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (mask_name, "张三丰", "张*丰"),
        (mask_name, "张三", "张*"),
        (mask_name, "欧阳娜娜", "欧**娜"),
        (mask_name, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "0532-85911234", "0532-****1234"),
        (mask_phone, "12345", "***45"),
        (mask_phone, "110", "***"),
        (mask_id_number, "37020319900101123X", "370*************3X"),
        (mask_id_number, "1234", "****"),
        (mask_address, "海泊路12号3单元402", "海泊路****"),
        (mask_address, "海泊路十二号", "海泊路****"),
        (mask_address, "一号码头广场东侧公园", "****"),
        (mask_address, "中心公园", "中心公园"),
    ],
)
def test_masks(mask, plain, masked):
    assert mask(plain) == masked
