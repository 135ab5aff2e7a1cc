"""What people say about hard items: graders on either side, and leads when they decide. Chinese and English pairs."""

from __future__ import annotations

from dataclasses import dataclass

Texts = tuple[tuple[str, str], ...]

# Why one would give the lower or the higher of two levels, by the rule that is argued about.
LOWER: dict[str, Texts] = {
    "main-subject": (("太小了，只是背景里的一个，按 R1 给低。", "Too small, one thing among many; R1 says low."),
                     ("主角不是它。", "It isn't what the clip is about.")),
    "late-appearance": (("出现不到三分之一，R2 封顶 33。", "Seen for less than a third; R2 caps it."),
                        ("等了半天才出来一下。", "It shows up for a moment at the very end.")),
    "partly-hidden": (("只露一点，主要靠猜。", "Hardly anything shows; it is a guess."),),
    "all-parts": (("缺一个要素，搜的人不会要。", "A part of the keyword is missing; nobody would pick it."),),
    "colour": (("这是橙色，不是红色。", "That is orange, not red."),
               ("颜色不对，扣两级。", "Wrong colour, two levels down.")),
    "count": (("最后是四个，数目不对。", "In the end there are four; the number is wrong."),),
    "toy": (("这是玩具，R7 写明 33。", "It is a toy; R7 says 33."),
            ("有缝线（或底座、发条），不是真的。", "Seams, a stand or a key: not the real thing.")),
    "look-alike": (("只是像，其实不是。", "It only looks like it."),),
    "words-on-screen": (("只有字，没有实物。", "Only the word, not the thing."),),
    "sound": (("看得到听不到，关键词要的是声音。", "I see it but don't hear it; the keyword is a sound."),
              ("画面什么都没有，不能给高。", "There is nothing to see, so not high.")),
    "weather": (("没看到雨落下来，只有水珠。", "No falling rain, only drops on the glass."),),
    "traffic": (("车很少，路是通的。", "Few cars, the road is free."),),
}  # fmt: skip
HIGHER: dict[str, Texts] = {
    "main-subject": (("虽然小，但一直看得清清楚楚。", "Small, but clearly seen all the time."),),
    "late-appearance": (("出来的时候占主体，很清楚。", "When it comes it is the main thing."),),
    "partly-hidden": (("耳朵和尾巴一看就知道，可以肯定。", "Ears and tail: there is no doubt what it is."),),
    "all-parts": (("核心的东西在，不该给这么低。", "The thing itself is there; not that low."),),
    "colour": (("第一眼就是红的，偏橙而已。", "Red at first glance, a bit orange."),),
    "count": (("大部分时间是三个。", "For most of the time there are three."),),
    "toy": (("整个画面都是它，搜的人会满意。", "It fills the picture; the searcher would be happy."),
            ("评分标准说画的也算，那玩具也该算。", "If drawings count, a toy should count too.")),
    "look-alike": (("看着就像，分不清，给 33。", "It could well be one; 33.")
                   ,),
    "words-on-screen": (("招牌写得很大，多少沾边。", "The sign is huge; it touches the keyword."),),
    "sound": (("声音很清楚，R10 说以听到为准。", "Clearly heard; R10 goes by the ear."),
              ("灯在闪，明显是在执行任务。", "Lamps are flashing, it is on duty.")),
    "weather": (("满窗都是雨水，外面当然在下雨。", "The whole pane runs with rain; of course it rains."),),
    "traffic": (("好几辆车排着，多少有点堵。", "Several cars in a row, a bit of a jam."),),
}  # fmt: skip

# What no rule says, by scene.
GAPS: dict[str, Texts] = {
    "shadow-on-blind": (("只有影子，没有猫本身，评分标准没写影子怎么算。", "Only its shadow; the guideline doesn't speak of shadows."),),
    "moon-in-the-pond": (("只有水里的倒影，月亮不在画面里，没有规则。", "Only a reflection; the moon isn't in the picture. No rule."),),
    "match-on-tv": (("是电视里的球赛，画面里的画面算不算？", "A match on a television: does a picture in the picture count?"),),
    "fire-on-tv": (("电视上放的火，不是真火，也不是玩具，R7 套不上。", "A fire on a screen: neither real nor a toy. R7 doesn't fit."),),
}  # fmt: skip
UNCLEAR: dict[str, Texts] = {
    "ambiguous": (("“苹果”是水果还是电脑品牌？备注是空的。", "Apple the fruit or the brand? The note is empty."),
                  ("搜的人要哪一个？", "Which one does the searcher want?")),
    "bad_clip": (("整段花屏，看不出内容。", "The picture is broken all the way."),
                 ("画面损坏，请换源文件。", "Damaged picture; please replace the file.")),
}  # fmt: skip
SLIPS: Texts = (
    ("感觉差不多。", "Close enough."),
    ("有点像。", "Looks a bit like it."),
    ("不太确定。", "Not quite sure."),
)

# What leads write when they decide, by rule or (for gaps) by scene.
REASONS: dict[str, Texts] = {
    "main-subject": (("按 R1 看整段的主体，不看单帧；它在背景里。", "R1: the clip as a whole; it is in the background."),),
    "late-appearance": (("R2：不足三分之一，最多 33，请看完再打分。", "R2: less than a third, 33 at most. Watch to the end."),),
    "partly-hidden": (("露出的部分足以肯定，R3 给 67。", "What shows is certain enough: R3, 67."),),
    "all-parts": (("按 R4 逐个核对要素，核心物体决定是否为 0。", "R4, part by part; without the thing itself it is 0."),),
    "colour": (("橙红属于两色之间，R5 给 67。", "Orange-red lies between: R5, 67."),),
    "count": (("大部分时间正好三个，后来多一个，R6 给 67。", "Three for most of it, then one more: R6, 67."),),
    "toy": (("玩具一律 33，占满画面也一样（R7）。", "Toys are 33, however large (R7)."),),
    "look-alike": (("像但不是，按 R8。以后同类照此处理。", "Like it, but not it: R8. The same for similar clips."),),
    "words-on-screen": (("只有文字没有实物，R9 给 33。", "The word without the thing: R9, 33."),),
    "sound": (("声音类关键词以听到为准（R10），请打开声音。", "For sounds the ear decides (R10). Turn the sound on."),),
    "weather": (("痕迹明确、占满画面，R11 给 67。", "Unmistakable traces fill the picture: R11, 67."),),
    "traffic": (("路是通的，按 R12 给 0。", "The road is free: R12, 0."),),
    "shadow-on-blind": (("影子能肯定是猫，按被遮挡处理，给 67；建议写进评分标准。", "The shadow is certainly a cat's: as if hidden, 67. Should become a rule."),),
    "moon-in-the-pond": (("倒影就是主体，暂给 67；建议补一条“倒影”。", "The reflection is the subject: 67 for now. A rule on reflections is needed."),),
    "match-on-tv": (("屏中画面占主体，暂给 67；请会议定规则。", "The screen is the subject: 67 for now. For the meeting."),),
    "fire-on-tv": (("屏幕里的火不是篝火，暂给 33；请会议定规则。", "A fire on a screen is no campfire: 33 for now. For the meeting."),),
}  # fmt: skip
SLIP_REASON = ("评分标准很明确，是误判，已与评分员沟通。", "The guideline is clear; this was a slip.")
SEND_BACK = ("两边都说得通，再要一位看看。", "Both sides have a point; one more opinion.")
ANSWERS = {
    "clip": ("源文件已损坏，客户会补交；相关条目撤下。", "The file is damaged; the client sends another. Withdrawn."),
    "keyword": ("按客户答复：指水果；电脑品牌给 0。", "The client says: the fruit. The computer brand is 0."),
}


@dataclass(frozen=True, slots=True)
class DemoAsk:
    """What a grader asks his lead about an item, and the reply; None where it has not come yet."""

    scene: str
    keyword: str
    text: str
    reply: str | None


ASKS = (
    DemoAsk(
        "rush-hour", "traffic_light", "背景里的红绿灯很小，但一直亮着，算不算主体？", "不算，主体是车流，按 R1 给 33。"
    ),
    DemoAsk("alarm-clock", "bell", "闹钟的铃声算“钟声”吗？", "不是同一种声音，R10 给 33。"),
    DemoAsk("empty-park", "football", "最后一秒才出现的，一定要看完吗？", "要看完，R2 就是为这种片段写的。"),
    DemoAsk("snow-globe", "snow", "水晶球里的雪一直在飘，也按玩具算吗？", "是的，R7，给 33。"),
    DemoAsk("orange-circle", "sunset_sea", "这个橙色的圆分不清是太阳还是橙子，怎么给？", None),
)
