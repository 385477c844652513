//! The shipped networks on warped faces: the bits of all outputs, hashed, are those that `tests/golden/engine.txt` keeps, and those of a few
//! faces are those in `tests/golden/networks.txt`, on every set of kernels and every CPU. The scalar kernels made both files; when a network
//! changes, `cargo xtask golden` writes them anew. Whether the scalar kernels are right is for `oracle.rs` and the comparisons with other
//! runtimes to say.

mod support;

use std::fmt::Write as _;
use std::path::PathBuf;

use support::{Random, kernel_sets, plan, run, scalar};

/// Faces of the long and the short list. An emulated or instrumented CPU takes the short one.
const FACES: [usize; 2] = [300, 24];

/// Networks with their outputs, and the size that they are planned for.
const NETWORKS: [(&str, usize, usize, usize); 3] = [
    ("expression", 2, 48, 48),
    ("refiner", 2, 64, 64),
    ("detector", 3, 64, 96),
];

#[test]
fn warped_faces_give_the_golden_bits_on_every_set_of_kernels() {
    let is_short = std::env::var_os("MOUE_EMULATED").is_some();
    let lists = if is_short { &FACES[1..] } else { &FACES[..] };
    let golden_path = root().join("tests/golden/engine.txt");
    if std::env::var_os("MOUE_BLESS").is_some() {
        let lines = FACES.map(|faces| table(scalar(), faces)).concat();
        std::fs::write(&golden_path, lines).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&golden_path).expect("the golden file can be read");
    for set in kernel_sets() {
        // The long list takes the scalar kernels a minute.
        let lists = if set.name() == "scalar" {
            &FACES[1..]
        } else {
            lists
        };
        for &faces in lists {
            for line in table(set, faces).lines() {
                assert!(
                    golden.lines().any(|golden| golden == line),
                    "{}: `{line}` isn't in tests/golden/engine.txt. Where a network was changed on purpose: \
                     MOUE_BLESS=1 cargo test -p moue-nn --test golden",
                    set.name()
                );
            }
        }
    }
}

/// Warped faces a network whose outputs are kept as numbers, for other runtimes to compare with.
const KEPT: usize = 2;

#[test]
fn the_golden_outputs_of_single_faces_come_out_to_the_last_bit() {
    let path = root().join("tests/golden/networks.txt");
    if std::env::var_os("MOUE_BLESS").is_some() {
        std::fs::write(&path, kept(scalar())).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden file can be read");
    for set in kernel_sets() {
        // Not `assert_eq`, which would print all of both.
        assert!(
            golden == kept(set),
            "{}: other outputs than in tests/golden/networks.txt. Where a network was changed on purpose: `cargo xtask golden`",
            set.name()
        );
    }
}

/// A line for each network and face: name, height and width, the luma in hexadecimal, and the bits of each output in hexadecimal, as the
/// engine lays them out: the channel running fastest.
fn kept(set: moue_nn::KernelSet) -> String {
    let photos = ["astronaut", "grace_hopper"].map(photo);
    let mut lines = String::new();
    for (name, outputs, height, width) in NETWORKS {
        let file = std::fs::read(root().join(format!("models/{name}.onnx")))
            .expect("the network is in the repository");
        let mut plan = plan(&file, set, height, width);
        for face in 0..KEPT {
            let mut random = Random(face as u64);
            let luma = warp(&photos[face % photos.len()], &mut random, height, width);
            let pixels: String = luma.iter().map(|pixel| format!("{pixel:02x}")).collect();
            let bits: String = run(&mut plan, outputs, &luma)
                .iter()
                .map(|bits| format!("{bits:08x}"))
                .collect();
            writeln!(lines, "{name} {height} {width} {pixels} {bits}")
                .expect("a string takes any line");
        }
    }
    lines
}

/// A line for each network: its name, a hash of its file, how many faces, a hash of all outputs.
fn table(set: moue_nn::KernelSet, faces: usize) -> String {
    let photos = ["astronaut", "grace_hopper"].map(photo);
    let mut table = String::new();
    for (name, outputs, height, width) in NETWORKS {
        let file = std::fs::read(root().join(format!("models/{name}.onnx")))
            .expect("the network is in the repository");
        let mut plan = plan(&file, set, height, width);
        let mut hash = Hash::new();
        for face in 0..faces {
            let mut random = Random(face as u64);
            let luma = warp(&photos[face % photos.len()], &mut random, height, width);
            for bits in run(&mut plan, outputs, &luma) {
                hash.add(&bits.to_le_bytes());
            }
        }
        let mut file_hash = Hash::new();
        file_hash.add(&file);
        writeln!(table, "{name} {:016x} {faces} {:016x}", file_hash.0, hash.0)
            .expect("a string takes any line");
    }
    table
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo).
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// A grey picture with equal sides.
struct Photo {
    side: usize,
    luma: Vec<u8>,
}

impl Photo {
    fn at(&self, x: i64, y: i64) -> i64 {
        let last = self.side as i64 - 1;
        let index = y.clamp(0, last) * (last + 1) + x.clamp(0, last);
        i64::from(self.luma[index as usize])
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A binary PGM file with a head of one line, as Pillow writes it.
fn photo(name: &str) -> Photo {
    let bytes = std::fs::read(root().join(format!("tests/golden/{name}.pgm")))
        .expect("the photo is in the repository");
    const HEAD: &[u8] = b"P5\n128 128\n255\n";
    let luma = bytes.strip_prefix(HEAD).expect("a PGM file of 128x128");
    assert_eq!(luma.len(), 128 * 128);
    Photo {
        side: 128,
        luma: luma.to_vec(),
    }
}

/// The photo turned, sheared, scaled and shifted at random, and lit at random: bilinear, in integers alone, so that every CPU sees the
/// same face.
fn warp(photo: &Photo, random: &mut Random, height: usize, width: usize) -> Vec<u8> {
    const ONE: i64 = 1 << 16;
    let mut about =
        |middle: i64, spread: i64| middle + random.below(2 * spread as usize + 1) as i64 - spread;
    let side = photo.side as i64;
    let scale = side * ONE / height.min(width) as i64;
    let across = about(scale * 3 / 4, scale / 4);
    let down = about(scale * 3 / 4, scale / 4);
    let (turn, shear) = (about(0, scale / 4), about(0, scale / 16));
    let middle = [
        about(side * ONE / 2, side * ONE / 10),
        about(side * ONE / 2, side * ONE / 10),
    ];
    let (gain, offset) = (about(ONE, ONE / 2), about(0, 40));
    let mut luma = Vec::with_capacity(height * width);
    for row in 0..height as i64 {
        for column in 0..width as i64 {
            let (dx, dy) = (2 * column - width as i64 + 1, 2 * row - height as i64 + 1);
            let x = middle[0] + (across * dx - turn * dy) / 2;
            let y = middle[1] + ((turn + shear) * dx + down * dy) / 2;
            let (left, top) = (x.div_euclid(ONE), y.div_euclid(ONE));
            let (fx, fy) = (x.rem_euclid(ONE) >> 8, y.rem_euclid(ONE) >> 8);
            let blend = |row: i64| photo.at(left, row) * (256 - fx) + photo.at(left + 1, row) * fx;
            let value = (blend(top) * (256 - fy) + blend(top + 1) * fy) >> 16;
            luma.push(((value - 128) * gain / ONE + 128 + offset).clamp(0, 255) as u8);
        }
    }
    luma
}

#[test]
fn warped_faces_differ_from_each_other() {
    let photo = photo("astronaut");
    let faces: Vec<_> = (0..20)
        .map(|seed| warp(&photo, &mut Random(seed), 48, 48))
        .collect();
    for (index, face) in faces.iter().enumerate() {
        assert!(faces[..index].iter().all(|other| other != face));
        let range = face.iter().max().unwrap() - face.iter().min().unwrap();
        assert!(
            range > 60,
            "face {index} shows nothing: {range} steps of grey"
        );
    }
}
