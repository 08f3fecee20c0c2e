"""Chinese cities by the spelling that English titles and agencies use."""

import re

_SPELLINGS = """
Beijing 北京 Tianjin 天津 Shanghai 上海 Chongqing 重庆 Shijiazhuang 石家庄 Tangshan 唐山 Baoding 保定
Taiyuan 太原 Hohhot 呼和浩特 Baotou 包头 Shenyang 沈阳 Dalian 大连 Changchun 长春 Harbin 哈尔滨
Nanjing 南京 Suzhou 苏州 Wuxi 无锡 Changzhou 常州 Nantong 南通 Xuzhou 徐州 Yangzhou 扬州
Hangzhou 杭州 Ningbo 宁波 Wenzhou 温州 Jiaxing 嘉兴 Huzhou 湖州 Shaoxing 绍兴 Jinhua 金华
Hefei 合肥 Wuhu 芜湖 Fuzhou 福州 Xiamen 厦门 Quanzhou 泉州 Nanchang 南昌 Jinan 济南
Qingdao 青岛 Yantai 烟台 Weifang 潍坊 Zibo 淄博 Weihai 威海 Linyi 临沂 Rizhao 日照
Dongying 东营 Jining 济宁 Taian 泰安 Dezhou 德州 Liaocheng 聊城 Binzhou 滨州 Heze 菏泽
Zaozhuang 枣庄 Zhengzhou 郑州 Luoyang 洛阳 Wuhan 武汉 Yichang 宜昌 Xiangyang 襄阳 Changsha 长沙
Zhuzhou 株洲 Guangzhou 广州 Shenzhen 深圳 Zhuhai 珠海 Foshan 佛山 Dongguan 东莞 Huizhou 惠州
Zhongshan 中山 Nanning 南宁 Guilin 桂林 Haikou 海口 Sanya 三亚 Chengdu 成都 Mianyang 绵阳
Guiyang 贵阳 Kunming 昆明 Lhasa 拉萨 Lanzhou 兰州 Xining 西宁 Yinchuan 银川 Urumqi 乌鲁木齐
"""
_CITIES = dict(re.findall(r"(\w+) (\S+)", _SPELLINGS))
_WORD = re.compile(r"[A-Z][a-z]+")


def list_cities(text: str) -> list[str]:
    """The Chinese names of the cities that an English `text` names, in order, each once."""
    return list(dict.fromkeys(_CITIES[word] for word in _WORD.findall(text) if word in _CITIES))
