//! Writes raw pictures with their times as Matroska (RFC 9559), the plainest format that ffmpeg reads with any size, any kind of chroma and
//! any times.

use std::io::{self, Write};

use moue::LumaRange;

use super::picture::{Chroma, Layout, Picture};

/// Nanoseconds of a time step.
const STEP: u64 = 1000;

/// Identifiers of elements.
mod id {
    pub const EBML: u32 = 0x1A45_DFA3;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const DOC_TYPE_VERSION: u32 = 0x4287;
    pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const INFO: u32 = 0x1549_A966;
    pub const TIMESTAMP_SCALE: u32 = 0x002A_D7B1;
    pub const MUXING_APP: u32 = 0x4D80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_AE6B;
    pub const TRACK_ENTRY: u32 = 0xAE;
    pub const TRACK_NUMBER: u32 = 0xD7;
    pub const TRACK_UID: u32 = 0x73C5;
    pub const TRACK_TYPE: u32 = 0x83;
    pub const CODEC_ID: u32 = 0x86;
    pub const VIDEO: u32 = 0xE0;
    pub const PIXEL_WIDTH: u32 = 0xB0;
    pub const PIXEL_HEIGHT: u32 = 0xBA;
    pub const UNCOMPRESSED_FOUR_CC: u32 = 0x002E_B524;
    pub const COLOUR: u32 = 0x55B0;
    pub const RANGE: u32 = 0x55B9;
    pub const CLUSTER: u32 = 0x1F43_B675;
    pub const TIMESTAMP: u32 = 0xE7;
    pub const SIMPLE_BLOCK: u32 = 0xA3;
}

/// The size of an element that lasts to the end.
const UNKNOWN_SIZE: u64 = (1 << 56) - 1;

/// Track 1, at the cluster's own time, a picture that needs no other.
const BLOCK: [u8; 4] = [0x81, 0, 0, 0x80];

/// Writes what stands before the first picture.
pub fn begin(output: &mut impl Write, layout: &Layout) -> io::Result<()> {
    let range = match layout.range {
        LumaRange::Video => 1,
        LumaRange::Full => 2,
    };
    let video = [
        number(id::PIXEL_WIDTH, layout.size.width.into()),
        number(id::PIXEL_HEIGHT, layout.size.height.into()),
        element(id::UNCOMPRESSED_FOUR_CC, four_cc(layout.chroma)),
        element(id::COLOUR, &number(id::RANGE, range)),
    ];
    let track = [
        number(id::TRACK_NUMBER, 1),
        number(id::TRACK_UID, 1),
        number(id::TRACK_TYPE, 1),
        element(id::CODEC_ID, b"V_UNCOMPRESSED"),
        element(id::VIDEO, &video.concat()),
    ];
    let info = [
        number(id::TIMESTAMP_SCALE, STEP),
        element(id::MUXING_APP, b"moue"),
        element(id::WRITING_APP, b"moue"),
    ];
    let ebml = [
        element(id::DOC_TYPE, b"matroska"),
        number(id::DOC_TYPE_VERSION, 4),
        number(id::DOC_TYPE_READ_VERSION, 2),
    ];
    let entry = element(id::TRACK_ENTRY, &track.concat());
    output.write_all(&element(id::EBML, &ebml.concat()))?;
    output.write_all(&head(id::SEGMENT, UNKNOWN_SIZE))?;
    output.write_all(&element(id::INFO, &info.concat()))?;
    output.write_all(&element(id::TRACKS, &entry))
}

/// Writes a picture.
pub fn picture(output: &mut impl Write, picture: &Picture) -> io::Result<()> {
    let time = number(id::TIMESTAMP, picture.timestamp / STEP);
    let block_bytes = (BLOCK.len() + picture.bytes.len()) as u64;
    let block = head(id::SIMPLE_BLOCK, block_bytes);
    let cluster_bytes = (time.len() + block.len()) as u64 + block_bytes;
    output.write_all(&head(id::CLUSTER, cluster_bytes))?;
    output.write_all(&time)?;
    output.write_all(&block)?;
    output.write_all(&BLOCK)?;
    output.write_all(&picture.bytes)
}

/// The name of a kind of pixels among raw videos.
fn four_cc(chroma: Chroma) -> &'static [u8; 4] {
    match chroma {
        Chroma::Mono => b"Y800",
        Chroma::Quarter => b"I420",
        Chroma::Half => b"Y42B",
        Chroma::Full => b"444P",
    }
}

fn number(id: u32, value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = head(id, content.len() as u64);
    bytes.extend_from_slice(content);
    bytes
}

/// An identifier, and a size of eight bytes, whose first bit says so.
fn head(id: u32, size: u64) -> Vec<u8> {
    let id = id.to_be_bytes();
    let start = id.iter().position(|&byte| byte != 0).unwrap_or(0);
    let mut bytes = id[start..].to_vec();
    bytes.extend_from_slice(&(size | 1 << 56).to_be_bytes());
    bytes
}
