"""Makes the reference files and numbers of the tests, with independent programs.

Needs numpy, scipy, scikit-image, Pillow, tifffile and OpenEXR. Run it in its own folder:
it rewrites files/, images.txt, metrics.txt, operators.txt and resize.txt.
"""

import shutil
from pathlib import Path

import numpy as np
import OpenEXR
import tifffile
from PIL import Image
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

FILES = Path("files")
LINES = []


def pattern(rows, columns, channels=1, most=255, seed=0):
    """Whole numbers that are easy to reproduce in any language."""
    r, c, k = np.meshgrid(np.arange(rows), np.arange(columns), np.arange(channels), indexing="ij")
    value = (r * 7 + c * 13 + k * 29 + seed * 101 + (r * c + seed) % 11 * 50) % (most + 1)
    return value[:, :, 0] if channels == 1 else value


def expect(name, array, depth):
    """Records the expected values of the file `name`."""
    array = np.asarray(array)
    if depth != "F32":
        array = array.astype(np.float64) / (255 if depth == "U8" else 65535)
    array = array.astype(np.float32)
    shape = array.shape if array.ndim == 3 else array.shape + (1,)
    values = " ".join(str(v) for v in array.ravel())
    LINES.append(f"{name} {depth} {shape[0]} {shape[1]} {shape[2]} {values}")


def with_pillow():
    for mode, channels in [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)]:
        array = pattern(3, 5, channels).astype(np.uint8)
        for suffix in ["png", "webp", "tif"]:
            if suffix == "webp" and mode in ("L", "LA"):
                continue
            name = f"{mode.lower()}8.{suffix}"
            options = {"lossless": True, "exact": True} if suffix == "webp" else {}
            Image.fromarray(array, mode).save(FILES / name, **options)
            expect(name, array, "U8")
    wide = pattern(3, 5, most=65535, seed=3).astype(np.uint16) * 97
    Image.fromarray(wide).save(FILES / "l16.png")
    expect("l16.png", wide, "U16")
    palette = Image.fromarray(pattern(3, 5, 3).astype(np.uint8)).quantize(4)
    palette.save(FILES / "palette2bit.png", bits=2)
    expect("palette2bit.png", np.asarray(palette.convert("RGB")), "U8")
    clear = Image.fromarray(pattern(3, 5, 3).astype(np.uint8)).quantize(16)
    clear.save(FILES / "palette4bit.png", bits=4, transparency=0)
    expect("palette4bit.png", np.asarray(Image.open(FILES / "palette4bit.png").convert("RGBA")), "U8")
    bits = pattern(3, 17) > 127
    Image.fromarray(bits).save(FILES / "1bit.png")
    expect("1bit.png", bits * 255, "U8")
    Image.fromarray(bits).save(FILES / "1bit.pbm")
    expect("1bit.pbm", bits * 255, "U8")
    for suffix, channels in [("pgm", 1), ("ppm", 3)]:
        array = pattern(3, 5, channels).astype(np.uint8)
        Image.fromarray(array).save(FILES / f"raw8.{suffix}")
        expect(f"raw8.{suffix}", array, "U8")


def jpegs():
    """Smooth ramps, for which the errors of compression are only a few levels."""
    ramp = np.add.outer(np.arange(17) * 8, np.arange(13) * 8).astype(np.uint8)
    colour = np.stack([ramp, 255 - ramp, ramp // 2], axis=2)
    images = {
        "grey.jpg": (Image.fromarray(ramp), {}),
        "rgb.jpg": (Image.fromarray(colour), {"subsampling": 0}),
        "progressive.jpg": (Image.fromarray(colour), {"subsampling": 2, "progressive": True}),
        "cmyk.jpg": (Image.fromarray(colour).convert("CMYK"), {}),
    }
    for name, (image, options) in images.items():
        image.save(FILES / name, quality=95, **options)
        back = Image.open(FILES / name)
        expect(name, np.asarray(back if back.mode == "L" else back.convert("RGB")), "U8")


def text_formats():
    grey = pattern(3, 5, most=15)
    body = "\n".join(" ".join(map(str, row)) for row in grey)
    (FILES / "plain15.pgm").write_text(f"P2 # a comment\n5 3\n15\n{body}\n")
    expect("plain15.pgm", grey * 17, "U8")
    wide = pattern(3, 5, 3, most=65535) * 31
    (FILES / "raw16.ppm").write_bytes(b"P6\n5 3\n65535\n" + wide.astype(">u2").tobytes())
    expect("raw16.ppm", wide, "U16")
    rgba = pattern(3, 5, 4).astype(np.uint8)
    head = b"P7\nWIDTH 5\nHEIGHT 3\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    (FILES / "rgba8.pam").write_bytes(head + rgba.tobytes())
    expect("rgba8.pam", rgba, "U8")
    # Radiance: one exponent for the three colours, mantissa * 2^(exponent - 136).
    rgbe = np.concatenate([pattern(3, 5, 3) | 128, np.full((3, 5, 1), 130)], axis=2).astype(np.uint8)
    head = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 5\n"
    (FILES / "flat.hdr").write_bytes(head + rgbe.tobytes())
    expect("flat.hdr", rgbe[:, :, :3] * 2.0 ** (130 - 136), "F32")


def tiffs():
    def save(name, array, depth, shown=None, **options):
        tifffile.imwrite(FILES / name, array, metadata=None, **options)
        expect(name, array if shown is None else shown, depth)

    grey = (pattern(3, 5) / 8 - 7).astype(np.float32)
    colour = (pattern(3, 5, 3) / 8 - 7).astype(np.float32)
    save("f32.tif", grey, "F32")
    save("f32big-endian.tif", grey, "F32", byteorder=">")
    save("f32bigtiff.tif", grey, "F32", bigtiff=True)
    save("f64.tif", grey.astype(np.float64), "F32")
    save("f16.tif", grey.astype(np.float16), "F32")
    save("f32deflate.tif", colour, "F32", photometric="rgb", compression="zlib")
    planes = np.moveaxis(colour, 2, 0).copy()
    save("f32planes.tif", planes, "F32", colour, photometric="rgb", planarconfig="separate")
    turned = {"extratags": [(274, "H", 1, 6, True)]}
    save("f32turned.tif", grey, "F32", np.rot90(grey, -1), **turned)
    bands = pattern(3, 5, 6).astype(np.uint16) * 200
    save("u16bands.tif", bands, "U16", photometric="minisblack", planarconfig="contig")
    tall = pattern(40, 17).astype(np.uint16) * 200
    save("u16tiles.tif", tall, "U16", tile=(16, 16))
    save("u8planes.tif", pattern(3, 5, 3).transpose(2, 0, 1).astype(np.uint8), "U8",
         pattern(3, 5, 3), photometric="rgb", planarconfig="separate")


def exrs():
    def save(name, channels, shown, compression):
        header = {"compression": compression, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, channels).write(str(FILES / name))
        expect(name, shown, "F32")

    colour = (pattern(3, 5, 4) / 8 - 7).astype(np.float32)
    named = {name: colour[:, :, k].copy() for k, name in enumerate("RGBA")}
    save("rgba32.exr", named, colour, OpenEXR.ZIP_COMPRESSION)
    save("y16piz.exr", {"Y": colour[:, :, 0].astype(np.float16)}, colour[:, :, 0], OpenEXR.PIZ_COMPRESSION)
    depth = {"Z": colour[:, :, 3].copy()} | {k: v for k, v in named.items() if k != "A"}
    save("rgbz-rle.exr", depth, colour[:, :, :3], OpenEXR.RLE_COMPRESSION)
    other = {"b": colour[:, :, 1].copy(), "a": colour[:, :, 0].copy()}
    save("ab.exr", other, colour[:, :, :2], OpenEXR.NO_COMPRESSION)


def arrays():
    whole = pattern(3, 5, most=100)
    for kind in ["|b1", "|u1", "<u2", ">u2", "<u4", "<u8", "|i1", "<i2", "<i4", ">i8",
                 "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
        name = f"{kind[1:]}{'be' if kind[0] == '>' else ''}.npy"
        array = (whole % 2 if kind == "|b1" else whole).astype(kind)
        np.save(FILES / name, array)
        depth = {"|u1": "U8", "<u2": "U16", ">u2": "U16"}.get(kind, "F32")
        expect(name, array.astype(np.float64), depth)
    LINES[-16] = LINES[-16].replace(" F32 ", " U8 ")
    cube = pattern(3, 5, 7).astype(np.float32)
    np.save(FILES / "cube.npy", cube)
    expect("cube.npy", cube, "F32")
    np.save(FILES / "fortran.npy", np.asfortranarray(cube))
    expect("fortran.npy", cube, "F32")
    with open(FILES / "version2.npy", "wb") as file:
        np.lib.format.write_array(file, cube, version=(2, 0))
    expect("version2.npy", cube, "F32")
    np.save(FILES / "line.npy", np.arange(17, dtype=np.float32) / 4)
    np.save(FILES / "4d.npy", np.zeros((1, 2, 3, 4), np.float32))
    np.save(FILES / "complex.npy", np.zeros((3, 5), np.complex64))
    np.save(FILES / "empty.npy", np.zeros((0, 5), np.float32))
    bad = whole.astype(np.float64)
    bad[1, 2], bad[2, 4] = np.nan, np.inf
    np.save(FILES / "nan.npy", bad)
    tifffile.imwrite(FILES / "nan.tif", bad.astype(np.float32), metadata=None)


def metrics():
    lines = []
    for rows, columns, channels in [(7, 7, 1), (17, 23, 3), (1500, 9, 1), (64, 9, 1), (5, 40, 2), (3, 17, 1), (4, 4, 1)]:
        a = (pattern(rows, columns, channels) / 255).astype(np.float32).astype(np.float64)
        b = (pattern(rows, columns, channels, seed=1) / 255).astype(np.float32).astype(np.float64)
        b = (a * 3 + b).astype(np.float32).astype(np.float64) / 4
        side = min(rows, columns, 7)
        options = {"win_size": side - (side + 1) % 2, "channel_axis": 2 if channels > 1 else None}
        for peak in [1.0, 2.0]:
            ssim = structural_similarity(a, b, data_range=peak, **options)
            psnr = peak_signal_noise_ratio(a, b, data_range=peak)
            lines.append(f"{rows} {columns} {channels} {peak} {psnr!r} {ssim!r}")
    Path("metrics.txt").write_text("".join(line.replace("np.float64(", "").replace(")", "") + "\n" for line in lines))


def operators():
    lines = []
    for rows, columns in [(1, 1), (1, 17), (3, 1), (2, 2), (17, 3), (13, 11)]:
        plane = pattern(rows, columns).astype(np.float32)
        fields = [
            ndimage.sobel(plane, 0, mode="reflect") / 8,
            ndimage.sobel(plane, 1, mode="reflect") / 8,
            ndimage.laplace(plane, mode="reflect"),
        ]
        values = " ".join(repr(float(v)) for field in fields for v in field.ravel())
        lines.append(f"{rows} {columns} {values}\n")
    Path("operators.txt").write_text("".join(lines))


def resizes():
    lines = []
    for (rows, columns), (to_rows, to_columns) in [((23, 31), (7, 9)), ((5, 7), (17, 13)), ((1, 9), (3, 3))]:
        plane = Image.fromarray(pattern(rows, columns).astype(np.float32))
        small = np.asarray(plane.resize((to_columns, to_rows), Image.Resampling.BICUBIC))
        values = " ".join(str(v) for v in small.ravel())
        lines.append(f"{rows} {columns} {to_rows} {to_columns} {values}\n")
    Path("resize.txt").write_text("".join(lines))


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()
for make in [with_pillow, jpegs, text_formats, tiffs, exrs, arrays, metrics, operators, resizes]:
    make()
Path("images.txt").write_text("\n".join(LINES) + "\n")
