"""Makes the reference videos of the tests, with ffmpeg 5.1.

Needs ffmpeg with libx264, libmp3lame and libzimg. Run it in its own folder: it rewrites video/.
"""

import shutil
import subprocess
from pathlib import Path

VIDEO = Path("video")
EXACT = "accurate_rnd+full_chroma_int+full_chroma_inp"
PLAIN = ["-fflags", "+bitexact", "-flags", "+bitexact"]

# The pixel format and the position of chroma.
KINDS = {
    "420jpeg": ("yuv420p", "center"),
    "420mpeg2": ("yuv420p", "left"),
    "420paldv": ("yuv420p", "topleft"),
    "422": ("yuv422p", "left"),
    "444": ("yuv444p", "left"),
}


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def rename_chroma(path, kind):
    """Renames the chroma of a file: ffmpeg calls 4:2:0 without a known chroma position 420jpeg."""
    header, rest = path.read_bytes().split(b"\n", 1)
    words = [b"C" + kind.encode() if word.startswith(b"C") else word for word in header.split(b" ")]
    path.write_bytes(b" ".join(words) + b"\n" + rest)


def patches():
    """Eight patches of 8x8 pixels in a row, in named colours of HTML."""
    names = ["black", "white", "red", "lime", "blue", "yellow", "gray", "teal"]
    inputs = [word for name in names for word in ["-f", "lavfi", "-i", f"color={name}:s=8x8:r=25:d=0.04,format=rgb24"]]
    for kind, (pixels, _) in KINDS.items():
        for colours, levels in [("limited", "tv"), ("full", "pc")]:
            path = VIDEO / f"patches-{kind}-{colours}.y4m"
            scale = f"scale=out_range={levels}:out_color_matrix=bt601:flags=bilinear+{EXACT},format={pixels}"
            ffmpeg(*inputs, "-filter_complex", f"hstack=inputs=8,{scale}", "-color_range", levels, path)
            rename_chroma(path, kind)
    ffmpeg(*inputs, "-filter_complex", "hstack=inputs=8,format=gray", VIDEO / "patches-mono.y4m")


def pictures():
    """Pictures of awkward sizes and the RGB that zimg makes of them."""
    for kind, (pixels, place) in KINDS.items():
        # zimg does not support odd sides with subsampled chroma, and swscale stretches the chroma over them.
        sizes = [(17, 5), (3, 17), (1, 1)] if kind == "444" else [(18, 6), (4, 16), (2, 2)]
        for width, height in sizes:
            path = VIDEO / f"picture-{kind}-{width}x{height}.y4m"
            source = f"testsrc2=s=64x64:r=24000/1001:d=0.08,scale={width}:{height}:flags=area,format={pixels}"
            ffmpeg("-f", "lavfi", "-i", source, path)
            rename_chroma(path, kind)
            colours = "matrixin=170m:matrix=gbr:rangein=limited:range=full:primariesin=170m:primaries=170m"
            colours += ":transferin=601:transfer=601:filter=bilinear:dither=none"
            flags = f"zscale={colours}:chromalin={place},format=gbrp,format=rgb24"
            ffmpeg("-i", path, "-vf", flags, "-f", "rawvideo", path.with_suffix(".rgb"))


def containers():
    ramp = "nullsrc=s=5x3:r=25:d=0.12,format=gray,geq=lum='X*40+Y*16+N*3'"
    ffmpeg("-f", "lavfi", "-i", ramp, "-c:v", "ffv1", *PLAIN, VIDEO / "grey.mkv")
    halves = "color=red:s=8x16:r=10:d=0.4[a];color=blue:s=8x16:r=10:d=0.4[b];[a][b]hstack"
    upright = VIDEO / "upright.mp4"
    encode = ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p", "-x264-params", "no-info=1"]
    ffmpeg("-f", "lavfi", "-i", halves, *encode, *PLAIN, upright)
    # A player rotates it by 90 degrees clockwise, which brings the left to the top.
    ffmpeg("-i", upright, "-c", "copy", "-metadata:s:v:0", "rotate=270", *PLAIN, VIDEO / "turned.mp4")
    upright.unlink()
    tone = ["-f", "lavfi", "-i", "sine=d=0.05:r=8000"]
    ffmpeg(*tone, "-c:a", "pcm_u8", *PLAIN, VIDEO / "sound.mkv")
    cover = ["-f", "lavfi", "-i", "color=red:s=8x8:d=0.04:r=25"]
    covered = ["-map", "0", "-map", "1", "-c:a", "libmp3lame", "-b:a", "8k", "-c:v", "png"]
    ffmpeg(*tone, *cover, *covered, "-disposition:v", "attached_pic", *PLAIN, VIDEO / "cover.mp3")


if __name__ == "__main__":
    shutil.rmtree(VIDEO, ignore_errors=True)
    VIDEO.mkdir()
    patches()
    pictures()
    containers()
