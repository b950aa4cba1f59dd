"""The sources that are sent in these tests."""

FRAMES = 120  # of each
PICTURE = "-f lavfi -i testsrc2=size=640x360:rate=30:duration=4"
SOUND = "-f lavfi -i sine=frequency=440:duration=4"
# As the recorder makes it: six fragments that start at keyframes, and sound that needs an AAC sibling.
COPIED = (
    f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 20 -pix_fmt yuv420p -c:a libopus -shortest"
    " -movflags frag_keyframe+empty_moov+default_base_moof+skip_trailer -f mp4"
)
# Both are copied as they are, and only then is the sound found to be too quiet.
TOO_QUIET = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 20 -pix_fmt yuv420p -c:a aac -shortest -f mp4"
ENCODED = f"{PICTURE} {SOUND} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -g 60 -c:a libopus -shortest -f webm"
# So long that it is encoded in pieces, where these are short (steps.py).
LONG = (
    "-f lavfi -i testsrc2=size=640x360:rate=15:duration=8 -f lavfi -i sine=frequency=440:duration=8"
    " -c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -g 30 -c:a libopus -shortest -f webm"
)
