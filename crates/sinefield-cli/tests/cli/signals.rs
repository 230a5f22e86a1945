//! Sounds, videos and volumes: fitted, rendered and evaluated by the command.

use crate::common::Folder;
use serde_json::Value;
use sinefield_media::{
    Samples, Signal, SignalAxis, SignalKind, read_sound, read_video, read_volume, write_sound,
};

fn report(told: &str) -> Value {
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

fn tone(folder: &Folder, name: &str, samples: usize, channels: usize) {
    let wave = |at: usize| {
        let (i, channel) = ((at / channels) as f32, (at % channels) as f32);
        0.5 * (0.11 * i + channel).sin() + 0.2 * (0.031 * i).cos()
    };
    let data: Vec<f32> = (0..samples * channels).map(wave).collect();
    assert_eq!(write_sound(folder.path(name), 8000, channels, &data).unwrap().clipped, 0);
}

#[test]
fn a_sound_comes_back_as_a_sound() {
    let folder = Folder::new();
    for channels in [1, 2] {
        tone(&folder, "tone.wav", 1201, channels);
        let told = folder.succeed("fit tone.wav -o f.safetensors --hidden 32 --steps 250 --json --quiet");
        let report = report(&told);
        let (mse, snr) = (report["mse"].as_f64().unwrap(), report["snr_db"].as_f64().unwrap());
        assert!(snr > 20.0, "{report}");
        folder.succeed("render f.safetensors -o back.wav");
        let (first, second) = (folder.path("tone.wav"), folder.path("back.wav"));
        let (first, second) = (read_sound(first).unwrap(), read_sound(second).unwrap());
        assert_eq!(
            (second.count(), second.channels, second.axes[0].step),
            (1201, channels, first.axes[0].step)
        );
        let pairs = first.in_memory().unwrap().iter().zip(second.in_memory().unwrap());
        let error = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / (1201 * channels) as f64;
        // A 16-bit file rounds to 3e-5.
        assert!((error - mse).abs() < 0.02 * mse + 1e-9, "{error}, not {mse}");
        // At twice the rate, every second sample is one of the clip.
        folder.succeed("render f.safetensors -o part.npy --rate 16000 --region 0.05,0.1");
        folder.succeed("render f.safetensors -o whole.npy");
        let (shape, part) = folder.npy("part.npy");
        let whole = folder.npy("whole.npy").1;
        assert_eq!(shape[0], 800);
        for i in 0..400 {
            let (a, b) = (part[2 * i * channels], whole[(400 + i) * channels]);
            assert!((a - b).abs() < 1e-5, "{i}: {a} and {b}");
        }
    }
    let told = folder.succeed("fit tone.wav -o g.safetensors --hidden 16 --dry-run");
    assert!(told.contains("0.15 s at 8000 Hz") && told.contains("omega 30 in the first layer"), "{told}");
    assert!(!folder.path("g.safetensors").exists());
    let plan: Value = serde_json::from_str(
        folder.succeed("fit tone.wav -o g.safetensors --hidden 16 --dry-run --json").trim(),
    )
    .unwrap();
    assert_eq!((&plan["kind"], &plan["batch"]), (&"sound".into(), &1201.into()));
}

#[test]
fn a_video_comes_back_as_a_video() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("frames")).unwrap();
    for frame in 0..5 {
        let wave = |at: usize| {
            let (row, column) = ((at / 3 / 14) as f32, (at / 3 % 14) as f32);
            0.5 + 0.3 * (0.4 * row + 0.3 * column + 0.5 * frame as f32 + (at % 3) as f32).sin()
        };
        let data: Vec<f32> = (0..10 * 14 * 3).map(wave).collect();
        let path = folder.path(&format!("frames/{frame}.png"));
        sinefield_media::write_image(path, 10, 14, 3, sinefield_media::Pixels::F32(&data)).unwrap();
    }
    let fit = "fit frames -o f.safetensors --hidden 32 --omega 10 --first-omega 10 --lr 2e-3 --steps 300";
    let report = report(&folder.succeed(&format!("{fit} --json --quiet")));
    assert!(report["psnr_db"].as_f64().unwrap() > 25.0, "{report}");
    assert!(report["psnr_deviation_db"].as_f64().unwrap() < 5.0, "{report}");
    let told = folder.succeed("render f.safetensors -o out.y4m --fps 50 --frames 1:4 --size 28x20");
    assert!(told.contains("6 x 20 x 28 samples at 50 a second"), "{told}");
    let video = read_video(folder.path("out.y4m"), None, &mut |_, _| ()).unwrap();
    assert_eq!((video.shape(), video.channels), (vec![6, 20, 28], 3));
    folder.succeed("render f.safetensors -o still.png --at time=0.1");
    assert_eq!(sinefield_media::Image::read(folder.path("still.png")).unwrap().columns, 14);
    // The last frame can be selected too: its end is the end of the video.
    folder.succeed("render f.safetensors -o last.y4m --frames 4:5");
    assert_eq!(read_video(folder.path("last.y4m"), None, &mut |_, _| ()).unwrap().shape(), [1, 10, 14]);
    folder.fail("render f.safetensors -o last.y4m --frames 4:6", 2, "--frames: 4:6 is beyond the 5 frames");
    folder.succeed("render f.safetensors -o again");
    let again = read_video(folder.path("again"), None, &mut |_, _| ()).unwrap();
    assert_eq!(again.shape(), [5, 10, 14]);
    let half = "render f.safetensors -o half.png";
    folder.fail(half, 2, "a picture has 2 axes, and 3 are left");
    folder.fail(
        "render f.safetensors -o late.png --at time=9",
        2,
        "--at: 9 is not a part of the axis \"time\"",
    );
    folder.fail("render f.safetensors -o s.wav", 2, "s.wav: cannot hold 3 axes");
}

#[test]
fn a_volume_keeps_its_space() {
    let folder = Folder::new();
    let axis = |name: &str, samples, step| SignalAxis {
        name: name.into(),
        samples,
        unit: "mm".into(),
        start: 0.0,
        step,
    };
    let shape = [9, 7, 5];
    // Voxels of 2 x 1 x 3 mm, rotated by a right angle about z and shifted.
    let affine = vec![vec![0.0, -1.0, 0.0, 10.0], vec![2.0, 0.0, 0.0, -5.0], vec![0.0, 0.0, 3.0, 1.0]];
    let wave = |at: usize| {
        let (x, y, z) = ((at / 35) as f32, (at / 5 % 7) as f32, (at % 5) as f32);
        (0.5 * x).sin() + (0.4 * y + 0.3 * z).cos()
    };
    let data: Vec<f32> = (0..315).map(wave).collect();
    let signal = Signal {
        kind: SignalKind::Volume,
        axes: vec![axis("x", shape[0], 2.0), axis("y", shape[1], 1.0), axis("z", shape[2], 3.0)],
        channels: 1,
        samples: Samples::Memory(data.clone().into()),
        range: None,
        affine: Some(affine),
    };
    sinefield_media::write_volume(folder.path("v.nii.gz"), &signal).unwrap();
    let fit = "fit v.nii.gz -o f.safetensors --hidden 32 --omega 8 --first-omega 8 --lr 3e-3 --steps 500";
    let report = report(&folder.succeed(&format!("{fit} --json --quiet")));
    assert!(report["psnr_db"].as_f64().unwrap() > 30.0, "{report}");
    folder.succeed("render f.safetensors -o back.nii.gz");
    let back = read_volume(folder.path("back.nii.gz")).unwrap();
    assert_eq!((back.shape(), &back.affine), (shape.to_vec(), &signal.affine));
    folder.succeed("render f.safetensors -o fine.nii --samples 18,7,5");
    let fine = read_volume(folder.path("fine.nii")).unwrap();
    assert!((fine.affine.unwrap()[1][0] - 1.0).abs() < 1e-6, "half the step along the first axis");
    folder.succeed("render f.safetensors -o thin.nii --samples 9,7,1");
    assert_eq!(read_volume(folder.path("thin.nii")).unwrap().axes[2].step, 3.0);
    // The voxel (3, 2, 4) is at (10 - 2, -5 + 6, 1 + 12). One step along x is 2 mm of the second coordinate.
    folder.write_npy("p.npy", "(1, 3)", &[8.0, 1.0, 13.0]);
    folder.succeed("eval f.safetensors p.npy -o at.npz --precision f64 --quantities value,gradient");
    folder.succeed("render f.safetensors -o back.npy");
    let voxel = folder.npy("back.npy").1[(3 * 7 + 2) * 5 + 4];
    let value = folder.npz("at.npz", "value").1[0];
    assert!((value - voxel).abs() < 1e-5, "{value}, not {voxel}");
    folder.write_npy("q.npy", "(2, 3)", &[8.0, 1.01, 13.0, 8.0, 0.99, 13.0]);
    folder.succeed("eval f.safetensors q.npy -o near.npz --precision f64 --quantities value");
    let near = folder.npz("near.npz", "value").1;
    let slope = (near[0] - near[1]) / 0.02;
    let gradient = folder.npz("at.npz", "gradient").1[1];
    assert!((slope - gradient).abs() < 1e-3 * slope.abs().max(0.1), "{gradient}, not {slope}");
    folder.succeed("render f.safetensors -o slice.png --at z=6");
    folder.fail("render f.safetensors -o slice.png --at w=6", 2, "--at: there is no axis w; one of x, y, z");
    // The last voxel is at 12 mm.
    folder.succeed("render f.safetensors -o slice.png --at z=12");
    folder.fail("render f.safetensors -o slice.png --at z=12.1", 2, "reaches from 0 to 12");
    folder.fail("render f.safetensors -o slice.png --at z=6 --at z=9", 2, "--at: the axis z is cut twice");
    let told = folder.succeed("render f.safetensors -o slice.png --at z=6 --quantity laplacian");
    assert!(told.contains("a mm squared"), "{told}");
    assert!(folder.succeed("info f.safetensors").contains("z, 5 samples, from 0 to 12 mm"));
}

#[test]
fn bad_signals_are_refused_in_one_line() {
    let folder = Folder::new();
    tone(&folder, "one.wav", 1, 1);
    tone(&folder, "tone.wav", 300, 1);
    std::fs::create_dir(folder.path("empty")).unwrap();
    let cut = &folder.bytes("tone.wav")[..200];
    std::fs::write(folder.path("cut.wav"), cut).unwrap();
    std::fs::write(folder.path("no.mp4"), b"\0\0\0\x18ftypisom nothing").unwrap();
    const OUT: &str = "-o f.safetensors --hidden 8 --layers 1 --steps 3";
    for (signal, code, words) in [
        ("one.wav", 1, "one.wav: the signal is a single sample"),
        ("empty", 1, "empty: "),
        ("cut.wav", 1, "cut.wav: damaged or cut-off WAV file"),
        ("no.mp4", 1, "no.mp4: "),
        ("tone.wav --kind image", 1, "tone.wav: holds a sound, not an image"),
        ("tone.wav --gray", 2, "--gray: is for images"),
        ("tone.wav --resize 64", 2, "--resize: is for images"),
        ("tone.wav --optimizer lbfgs --lr 1e-3", 2, "--lr: is not for lbfgs"),
        ("tone.wav --optimizer lbfgs --batch 20", 2, "optimizer: lbfgs needs the same points at every step"),
        ("tone.wav --optimizer lbfgs --batch 20 --dry-run", 2, "set --batch to full"),
    ] {
        folder.fail(&format!("fit {signal} {OUT}"), code, words);
    }
}

/// On fixed points, L-BFGS reaches a much lower error than Adam in as many steps.
#[test]
fn lbfgs_is_an_optimizer_of_the_command() {
    let folder = Folder::new();
    tone(&folder, "tone.wav", 257, 1);
    let fit = "fit tone.wav -o f.safetensors --hidden 24 --layers 1 --steps 60 --json --quiet";
    let loss = |told: &str| report(told)["mse"].as_f64().unwrap();
    let adam = loss(&folder.succeed(fit));
    let lbfgs = loss(&folder.succeed(&format!("{fit} --optimizer lbfgs")));
    assert!(lbfgs < 0.1 * adam, "{lbfgs} and {adam}");
}
