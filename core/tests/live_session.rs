//! What a session's methods do together: what is dropped and counted, what is refused, and what threads may do at once.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use image::GrayImage;
use moue::{
    Budget, Error, FrameResult, LiveOptions, LiveSession, Next, Options, Rotation, Submitted,
    Thermal, TrackId,
};
use support::live::{Random, SECOND, scene};
use support::{frame, photo};

const SIZE: (u32, u32) = (640, 480);
const LONG: Duration = Duration::from_secs(60);

fn session() -> LiveSession {
    LiveSession::new(LiveOptions::default()).expect("the embedded models load")
}

#[test]
fn a_newer_frame_replaces_a_waiting_one_and_both_are_counted() {
    let pictures = [60, 120, 180].map(|grey| GrayImage::from_pixel(64, 48, image::Luma([grey])));
    let session = session();
    let submit = |picture: &GrayImage, time| session.submit(&frame(picture), time).unwrap();
    assert_eq!(submit(&pictures[0], 1), Submitted::Waiting);
    assert_eq!(submit(&pictures[1], 2), Submitted::Replaced);
    assert_eq!(submit(&pictures[2], 3), Submitted::Replaced);
    let mut result = FrameResult::default();
    assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
    assert_eq!(result.timestamp, 3);
    assert_eq!((result.counts.analyzed, result.counts.dropped), (1, 2));
    assert_eq!(
        session.next(Duration::ZERO, &mut result).unwrap(),
        Next::TimedOut
    );
    session.pause();
    assert_eq!(submit(&pictures[0], 4), Submitted::Paused);
    assert_eq!(
        session.next(Duration::from_millis(5), &mut result).unwrap(),
        Next::TimedOut
    );
    session.resume();
    assert_eq!(submit(&pictures[0], 5), Submitted::Waiting);
    assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
    assert_eq!((result.counts.analyzed, result.counts.dropped), (2, 3));
}

#[test]
fn equal_and_backward_timestamps_and_bad_frames_are_errors_and_what_waited_still_waits() {
    let picture = GrayImage::from_pixel(64, 48, image::Luma([90]));
    let session = session();
    session.submit(&frame(&picture), 100).unwrap();
    for given in [100, 99, 0] {
        let error = session.submit(&frame(&picture), given).unwrap_err();
        assert!(matches!(error, Error::Timestamp { given: g, last: 100 } if g == given));
        assert!(error.to_string().contains("must rise"), "{error}");
    }
    let short = frame(&picture).row_stride(1000);
    assert!(matches!(
        session.submit(&short, 200),
        Err(Error::FrameBufferTooShort { .. })
    ));
    let mut result = FrameResult::default();
    assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
    assert_eq!((result.timestamp, result.counts.dropped), (100, 0));
}

#[test]
fn a_budget_passes_frames_over_and_says_so() {
    let picture = GrayImage::from_pixel(64, 48, image::Luma([90]));
    let session = LiveSession::new(LiveOptions::default().budget(Budget::Results(10.0))).unwrap();
    let mut result = FrameResult::default();
    let mut results = 0;
    for index in 1..=60 {
        session
            .submit(&frame(&picture), index * SECOND / 60)
            .unwrap();
        let next = session.next(Duration::ZERO, &mut result).unwrap();
        results += u32::from(next == Next::Result);
    }
    assert!((9..=11).contains(&results), "{results}");
    assert_eq!(result.counts.analyzed, u64::from(results));
    assert!(
        (result.activity.rate - 10.0).abs() < 1.5,
        "{:?}",
        result.activity
    );
    assert!(session.set_budget(Budget::Load(2.0)).is_err());
}

#[test]
fn submit_and_next_allocate_nothing_once_frames_of_a_size_have_been_seen() {
    let photo = photo("astronaut.jpg");
    let frames: Vec<GrayImage> = (0..6)
        .map(|index| {
            scene(
                SIZE,
                &[(&photo, 1.0, 300.0 + 3.0 * index as f32, 256.0)],
                1.0,
                &mut Random(index),
            )
        })
        .collect();
    for rotation in [Rotation::Deg0, Rotation::Deg180] {
        let session = session();
        let mut result = FrameResult::default();
        let mut time = 0;
        let mut step = || {
            for picture in &frames {
                time += SECOND / 30;
                session
                    .submit(&frame(picture).rotated(rotation), time)
                    .unwrap();
                assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
            }
        };
        (0..4).for_each(|_| step());
        let counted = allocation_counter::measure(|| (0..4).for_each(|_| step()));
        assert_eq!(counted.count_total, 0, "{rotation:?} {counted:?}");
    }
}

#[test]
fn close_wakes_a_waiting_next_and_no_result_begins_afterwards() {
    let session = session();
    let picture = GrayImage::from_pixel(64, 48, image::Luma([90]));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| session.next(LONG, &mut FrameResult::default()).unwrap());
        thread::sleep(Duration::from_millis(50));
        session.close();
        assert_eq!(waiting.join().unwrap(), Next::Closed);
    });
    assert_eq!(
        session.submit(&frame(&picture), 1).unwrap(),
        Submitted::Closed
    );
    assert_eq!(
        session.next(LONG, &mut FrameResult::default()).unwrap(),
        Next::Closed
    );
    session.resume();
    assert_eq!(
        session.next(LONG, &mut FrameResult::default()).unwrap(),
        Next::Closed
    );
}

#[test]
fn a_second_next_is_told_that_the_first_runs() {
    let session = session();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            loop {
                match session.next(LONG, &mut FrameResult::default()) {
                    Err(Error::Busy) => thread::yield_now(),
                    other => break other.unwrap(),
                }
            }
        });
        let start = Instant::now();
        let error = loop {
            match session.next(Duration::ZERO, &mut FrameResult::default()) {
                Err(error) => break error,
                // The other thread hasn't come so far yet.
                Ok(_) => thread::sleep(Duration::from_millis(1)),
            }
            assert!(start.elapsed() < LONG);
        };
        assert!(matches!(error, Error::Busy), "{error}");
        assert!(matches!(session.observations(), Err(Error::Busy)));
        session.close();
        assert_eq!(waiting.join().unwrap(), Next::Closed);
    });
}

#[test]
fn everything_may_be_called_at_once_and_no_frame_is_lost_from_the_counts() {
    let photo = photo("astronaut.jpg");
    let pictures: Vec<GrayImage> = (0..8)
        .map(|index| {
            scene(
                SIZE,
                &[(&photo, 1.0, 300.0 + 4.0 * index as f32, 256.0)],
                1.0,
                &mut Random(index),
            )
        })
        .collect();
    let session = session();
    let is_over = AtomicBool::new(false);
    let submitted = thread::scope(|scope| {
        let camera = scope.spawn(|| {
            let mut submitted = 0;
            while !is_over.load(Ordering::Relaxed) {
                let picture = &pictures[submitted as usize % pictures.len()];
                submitted += 1;
                session
                    .submit(&frame(picture), submitted * SECOND / 30)
                    .unwrap();
                thread::sleep(Duration::from_millis(1));
            }
            submitted
        });
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                session.pause();
                session.resume();
                session.calibrate(TrackId(1));
                session.set_thermal(Thermal::Nominal);
                thread::sleep(Duration::from_millis(3));
            }
        });
        let mut result = FrameResult::default();
        let mut last = 0;
        for _ in 0..60 {
            assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
            assert!(result.timestamp > last);
            last = result.timestamp;
        }
        is_over.store(true, Ordering::Relaxed);
        camera.join().unwrap()
    });
    let mut result = FrameResult::default();
    session.submit(&frame(&pictures[0]), u64::MAX).unwrap();
    assert_eq!(session.next(LONG, &mut result).unwrap(), Next::Result);
    assert_eq!(
        result.counts.analyzed + result.counts.dropped,
        submitted + 1
    );
}

#[test]
fn live_options_outside_their_range_are_named() {
    for (options, word) in [
        (LiveOptions::default().field_of_view(5.0), "field_of_view"),
        (
            LiveOptions::default().budget(Budget::Results(f32::NAN)),
            "budget",
        ),
        (LiveOptions::default().most_readings(0), "most_readings"),
        (
            LiveOptions::default().search_interval(Duration::ZERO),
            "search_interval",
        ),
        (
            LiveOptions::default().options(Options::default().most_faces(0)),
            "most_faces",
        ),
    ] {
        let message = LiveSession::new(options).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}
