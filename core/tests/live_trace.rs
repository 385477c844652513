//! Traces: written, read and replayed, to the last bit; and what is said of a bad one.

mod support;

use std::time::Duration;

use moue::live::trace::{self, MAX_LINE_BYTES, Replay};
use moue::live::{
    Command, Counts, Found, LiveState, Observations, Read, Rules, Sighting, StageTimes,
};
use moue::{
    Budget, Error, FrameResult, LiveOptions, LiveSession, Next, Point, Rect, Scores, Size, Thermal,
    TrackId,
};
use proptest::prelude::*;
use support::live::{Random, SECOND, good_quality, scene};
use support::{frame, photo};

fn options() -> LiveOptions {
    LiveOptions::default()
        .field_of_view(66.0)
        .budget(Budget::Results(25.0))
        .most_readings(3)
}

#[test]
fn a_session_replays_to_the_last_bit_from_its_trace_without_a_pixel() {
    let photos = [photo("astronaut.jpg"), photo("grace_hopper.jpg")];
    let session = LiveSession::new(options()).unwrap();
    let mut text = trace::header(&options().rules()) + "\n";
    let mut results = Vec::new();
    for index in 0..45_u64 {
        if index == 12 {
            session.calibrate(TrackId(1));
            session.set_thermal(Thermal::Fair);
        }
        let shift = 2.5 * index as f32;
        let people = [
            (&photos[0], 0.6, 160.0 + shift, 240.0),
            (&photos[1], 0.5, 480.0 - 0.2 * shift, 240.0),
        ];
        let picture = scene((640, 480), &people, 2.0, &mut Random(index));
        session
            .submit(&frame(&picture), index * SECOND / 30)
            .unwrap();
        let mut result = FrameResult::default();
        if session.next(Duration::ZERO, &mut result).unwrap() == Next::Result {
            text += &(trace::line(&session.observations().unwrap()) + "\n");
            results.push(result);
        }
    }
    assert!(results.len() > 20 && results.iter().any(|result| result.faces.len() == 2));
    assert_eq!(trace::replay(&text).unwrap(), results);
    // No pixel: less than a small picture's worth a face.
    assert!(text.lines().all(|line| line.len() < 4000));
}

/// Numbers between an eighth and half a million, either way, by their bits: hardly any decimal notation hits them.
fn number() -> impl Strategy<Value = f32> {
    const EXPONENT: u32 = 0xff << 23;
    (any::<u32>(), 124..146_u32)
        .prop_map(|(bits, exponent)| f32::from_bits(bits & !EXPONENT | exponent << 23))
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let size = || number().prop_map(f32::abs);
    let found = proptest::option::of((number(), number(), number(), size(), size()));
    let read = proptest::option::of(proptest::array::uniform7(number()));
    (proptest::array::uniform10(number()), found, read).prop_map(|(points, found, read)| Sighting {
        points: std::array::from_fn(|index| Point::new(points[2 * index], points[2 * index + 1])),
        is_doubtful: found.is_none(),
        found: found.map(|(score, x, y, width, height)| Found {
            score,
            bounds: Rect::new(x, y, width, height),
        }),
        read: read.map(|scores| Read {
            quality: good_quality(),
            scores: Scores::from_array(scores),
        }),
    })
}

proptest! {
    #[test]
    fn every_number_of_a_line_comes_back_to_the_last_bit(
        sightings in proptest::collection::vec(sighting(), 0..4), timestamp: u64, times: [u64; 4], searched: bool, track: u64, rate in 0.1..1000.0_f32,
    ) {
        let [turn, search, follow, read] = times.map(Duration::from_nanos);
        let seen = Observations {
            timestamp,
            frame_size: Size::new(1280, 720),
            buffer_width: 1280,
            searched,
            sightings,
            times: StageTimes { turn, search, follow, read },
            counts: Counts { analyzed: timestamp / 3, dropped: timestamp / 5 },
            commands: vec![Command::Calibrate(TrackId(track)), Command::Budget(Budget::Results(rate)), Command::Thermal(Thermal::Critical)],
        };
        let line = trace::line(&seen);
        let mut replayed = FrameResult::default();
        Replay::new(&trace::header(&Rules::default())).unwrap().frame(&line, &mut replayed).unwrap();
        let mut result = FrameResult::default();
        LiveState::new(Rules::default()).unwrap().update(&seen, &mut result).unwrap();
        // By their text: a number that isn't one never equals itself.
        prop_assert_eq!(format!("{replayed:?}"), format!("{result:?}"));
        prop_assert_eq!(result.activity.seen, seen.sightings.len());
    }

    #[test]
    fn no_line_makes_it_panic(line in ".*") {
        let mut replay = Replay::new(&trace::header(&Rules::default())).unwrap();
        let mut result = FrameResult::default();
        prop_assert!(replay.frame(&line, &mut result).is_err());
        prop_assert!(Replay::new(&line).is_err());
    }
}

#[test]
fn what_cant_be_replayed_is_told_with_its_line() {
    let header = trace::header(&Rules::default());
    let line = trace::line(&Observations {
        timestamp: 5,
        ..Observations::default()
    });
    let problem = |text: &str| match trace::replay(text).unwrap_err() {
        Error::Trace { line, problem } => (line, problem),
        other => panic!("{other}"),
    };
    assert_eq!(problem("").0, 1);
    assert_eq!(problem(&line).0, 1);
    assert_eq!(problem(&format!("{header}\n{line}\n{line}\n")).0, 3);
    assert_eq!(problem(&format!("{header}\n\n{line}\n{{\"a\":1}}\n")).0, 4);
    let newer = header.replacen("\"moue_trace\":1", "\"moue_trace\":2", 1);
    assert!(problem(&newer).1.contains("version 2"));
    let cut = &line[..line.len() / 2];
    assert_eq!(problem(&format!("{header}\n{cut}")).0, 2);
    let long = " ".repeat(MAX_LINE_BYTES + 1) + "1";
    assert!(problem(&format!("{header}\n{long}")).1.contains("at most"));
    let wild = header.replacen("\"most_faces\":32", "\"most_faces\":1000000", 1);
    assert!(
        trace::replay(&wild)
            .unwrap_err()
            .to_string()
            .contains("most_faces")
    );
}

#[test]
fn the_format_is_what_it_was() {
    // A trace of this version must be readable for ever: these lines were written by it.
    let header = r#"{"moue_trace":1,"rules":{"most_faces":32,"thresholds":{"least_side":24.0,"least_brightness":0.15,"most_brightness":0.85,"least_contrast":0.05,"least_sharpness":0.02,"most_yaw":45.0,"most_pitch":35.0,"least_score":0.5},"field_of_view":null,"budget":"unlimited","most_readings":8,"search_interval_ns":500000000}}"#;
    assert_eq!(trace::header(&Rules::default()), header);
    let line = r#"{"timestamp_ns":1000,"frame":[640,480],"buffer_width":640,"searched":true,"faces":[{"points":[[10.5,10.0],[30.0,10.0],[20.0,20.0],[12.0,30.0],[28.0,30.1]],"doubtful":true,"found":{"score":0.9,"bounds":[0.0,0.0,40.0,50.0]},"read":null}],"times_ns":{"turn":1,"search":2,"follow":3,"read":4},"analyzed":1,"dropped":2,"commands":[{"calibrate":1},{"budget":{"load":0.1}},{"thermal":"fair"}]}"#;
    let points = [
        (10.5, 10.0),
        (30.0, 10.0),
        (20.0, 20.0),
        (12.0, 30.0),
        (28.0, 30.1),
    ];
    let seen = Observations {
        timestamp: 1000,
        frame_size: Size::new(640, 480),
        buffer_width: 640,
        searched: true,
        sightings: vec![Sighting {
            points: points.map(|(x, y)| Point::new(x, y)),
            is_doubtful: true,
            found: Some(Found {
                score: 0.9,
                bounds: Rect::new(0.0, 0.0, 40.0, 50.0),
            }),
            read: None,
        }],
        times: StageTimes {
            turn: Duration::from_nanos(1),
            search: Duration::from_nanos(2),
            follow: Duration::from_nanos(3),
            read: Duration::from_nanos(4),
        },
        counts: Counts {
            analyzed: 1,
            dropped: 2,
        },
        commands: vec![
            Command::Calibrate(TrackId(1)),
            Command::Budget(Budget::Load(0.1)),
            Command::Thermal(Thermal::Fair),
        ],
    };
    assert_eq!(trace::line(&seen), line);
}
