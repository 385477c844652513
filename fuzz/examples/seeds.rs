//! Writes the files that fuzzing starts from: `cargo run --example seeds -- OUT` makes `OUT/onnx_reader`, `OUT/frames` and
//! `OUT/fer2013_csv`.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

#[path = "../../nn/tests/support/mod.rs"]
mod support;

use support::{Random, random_network};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(out) = std::env::args().nth(1) else {
        return Err("usage: seeds OUT".into());
    };
    let out = Path::new(&out);

    let models = out.join("onnx_reader");
    fs::create_dir_all(&models)?;
    for seed in 0..48 {
        let bytes = random_network::random(&mut Random(seed)).file().encode();
        fs::write(models.join(format!("random-{seed}.onnx")), bytes)?;
    }
    // The smallest of the shipped networks; the others are beyond the target's limits.
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/refiner.onnx"),
        models.join("refiner.onnx"),
    )?;

    let frames = out.join("frames");
    fs::create_dir_all(&frames)?;
    let mut random = Random(7);
    for seed in 0..64 {
        let length = 40 + random.below(200);
        fs::write(frames.join(format!("random-{seed}")), random.bytes(length))?;
    }
    let tables = out.join("fer2013_csv");
    fs::create_dir_all(&tables)?;
    for (name, text) in csv_files() {
        fs::write(tables.join(format!("{name}.csv")), &text)?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text.as_bytes())?;
        fs::write(tables.join(format!("{name}.csv.gz")), packed.finish()?)?;
    }
    Ok(())
}

/// Files in the public formats of FER-2013 and FER+, with made-up faces.
fn csv_files() -> [(&'static str, String); 6] {
    let face = |value: u8| vec![value.to_string(); 48 * 48].join(" ");
    let header = "emotion,pixels,Usage";
    let rows = format!(
        "0,{},Training\n3,{},PublicTest\n6,{},PrivateTest\n",
        face(0),
        face(9),
        face(7)
    );
    let quoted = format!("3,\"{}\",PublicTest\r\n\r\n", face(1));
    let votes = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF";
    [
        ("faces", format!("{header}\n{rows}")),
        ("faces-windows", format!("\u{feff}{header}\r\n{quoted}")),
        ("faces-short", format!("{header}\n0,1 2 3,PublicTest\n")),
        ("header", header.to_owned()),
        (
            "votes",
            format!(
                "{votes}\nTraining,a.png,4,0,0,1,3,2,0,0,0,0\nPublicTest,,0,10,0,0,0,0,0,0,0,0\n"
            ),
        ),
        ("votes-short", format!("{votes}\nPublicTest,a.png,x\n")),
    ]
}
