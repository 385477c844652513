//! Once its buffers have grown, the pixel side asks for no memory.

mod support;

use moue::luma::WorkingPicture;
use moue::quality::Quality;
use moue::resample::{LumaView, Resampler};
use moue::{Frame, Rotation, Similarity, Size, WorkingSize};
use support::noise;

#[test]
fn the_second_frame_allocates_nothing() {
    let luma = noise(1300, 700, 1);
    let color = noise(1300 * 4, 700, 2);
    let size = Size::new(1300, 700);
    let frames = [
        Frame::luma(luma.as_raw(), size).unwrap(),
        Frame::luma(luma.as_raw(), size)
            .unwrap()
            .rotated(Rotation::Deg90)
            .mirrored(true),
        Frame::rgba(color.as_raw(), size)
            .unwrap()
            .rotated(Rotation::Deg270),
    ];
    let points = [
        (30.0, 30.0),
        (70.0, 31.0),
        (50.0, 52.0),
        (34.0, 75.0),
        (66.0, 74.0),
    ]
    .map(|(x, y)| moue::Point::new(x, y));
    let to_picture = Similarity {
        a: 2.1,
        b: 0.8,
        tx: 60.0,
        ty: 40.0,
    };
    let mut picture = WorkingPicture::new();
    let mut resampler = Resampler::new();
    let (mut small, mut crop) = (vec![0; 192 * 160], vec![0; 48 * 48]);
    let mut look = |frame: &Frame<'_>| {
        picture.update(frame, WorkingSize::Standard).unwrap();
        resampler
            .resize(picture.view(), Size::new(192, 160), &mut small)
            .unwrap();
        resampler
            .warp(picture.view(), &to_picture, 48, &mut crop)
            .unwrap();
        let crop = LumaView::new(&crop, Size::new(48, 48)).unwrap();
        Quality::measure(crop, &to_picture, &points, picture.factor())
    };
    let mut look_at_all = || frames.each_ref().map(&mut look);
    let first = look_at_all();
    let counted = allocation_counter::measure(|| assert_eq!(look_at_all(), first));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}
