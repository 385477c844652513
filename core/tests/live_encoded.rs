//! Sessions on clips that ffmpeg has made from the photos, encoded at the bit rates of phones and decoded again: what compression does to
//! faces must change neither who is who nor what is said.

mod support;

use std::time::Duration;

use moue::{
    Budget, Expression, Frame, FrameResult, LiveOptions, LiveSession, Next, Reason, TrackId,
    Verdict,
};
use support::ffmpeg::{CODINGS, Clip, clip, is_there};

const ASTRONAUT: &str = "astronaut.jpg";
const HOPPER: &str = "grace_hopper.jpg";
const HAPPY: Verdict = Verdict::Certain(Expression::Happy);

/// The results of a clip, no frame of which is dropped.
fn watch(clip: &Clip, view: impl Fn(Frame<'_>) -> Frame<'_>) -> Vec<FrameResult> {
    let session = LiveSession::new(LiveOptions::default()).expect("the embedded models load");
    let results: Vec<FrameResult> = clip
        .frames()
        .map(|(time, frame)| {
            let mut result = FrameResult::default();
            session.submit(&view(frame), time).expect("times rise");
            let next = session
                .next(Duration::ZERO, &mut result)
                .expect("the only next");
            assert_eq!(next, Next::Result);
            result
        })
        .collect();
    let counts = results[results.len() - 1].counts;
    assert_eq!((counts.analyzed, counts.dropped), (results.len() as u64, 0));
    results
}

/// Each frame has one face, this one.
fn assert_only(results: &[FrameResult], track: TrackId, verdict: Verdict) {
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result.faces.len(), 1, "frame {index}: {result:#?}");
        assert_eq!(result.faces[0].track, track, "frame {index}");
        let reading = result.faces[0].face.reading;
        assert_eq!(reading.verdict, verdict, "frame {index}: {reading:?}");
    }
}

/// Runs `check` on the clip in every coding; says so where there is no ffmpeg.
fn in_every_coding(name: &str, photos: &[(&str, f64)], graph: &str, check: impl Fn(&Clip)) {
    if is_there(name) {
        for coding in CODINGS {
            check(&clip(name, photos, 30, graph, coding));
        }
    }
}

#[test]
fn a_camera_that_pans_and_zooms_in_an_unsteady_hand() {
    // A tenth of an eye distance of shake, nine times a second.
    let graph = "scale=2048:2048,crop=2048:1536:0:0,zoompan=z='1.2+0.4*on/60':d=1:fps=30:s=640x480:\
        x='200+3*on+16*sin(1.9*on)':y='20+16*sin(2.3*on)'[out]";
    in_every_coding(
        "a_camera_that_pans_and_zooms_in_an_unsteady_hand",
        &[(ASTRONAUT, 2.0)],
        graph,
        |clip| assert_only(&watch(clip, |frame| frame), TrackId(1), HAPPY),
    );
}

#[test]
fn a_head_that_tilts() {
    let graph = "pad=640:640:64:64:gray,rotate=a='0.45*sin(PI*t)':c=gray,crop=640:480:0:20[out]";
    in_every_coding("a_head_that_tilts", &[(ASTRONAUT, 2.0)], graph, |clip| {
        let results = watch(clip, |frame| frame);
        assert_only(&results, TrackId(1), HAPPY);
        let rolls = results.iter().map(|result| {
            let pose = result.faces[0].face.quality.pose;
            pose.expect("seen from the front").roll
        });
        let (least, most) = rolls.fold((180.0_f32, -180.0_f32), |(least, most), roll| {
            (least.min(roll), most.max(roll))
        });
        // 0.45 radians are 26 degrees, to either side.
        assert!((40.0..64.0).contains(&(most - least)), "{least} to {most}");
    });
}

#[test]
fn a_sensor_that_is_noisy_at_10_30_and_60_frames_a_second() {
    let name = "a_sensor_that_is_noisy_at_10_30_and_60_frames_a_second";
    if !is_there(name) {
        return;
    }
    for photo in [ASTRONAUT, HOPPER] {
        let graph = "scale=-2:480,pad=640:480:(ow-iw)/2:0:gray,noise=alls=24:allf=t[out]";
        let said: Vec<Verdict> = [10, 30, 60]
            .iter()
            .flat_map(|&rate| CODINGS.map(|coding| (rate, coding)))
            .map(|(rate, coding)| {
                let clip = clip(name, &[(photo, 2.0)], rate, graph, coding);
                let results = watch(&clip, |frame| frame);
                let first = results[0].faces[0].face.reading.verdict;
                assert_only(&results, TrackId(1), first);
                first
            })
            .collect();
        assert!(said.iter().all(|&verdict| verdict == said[0]), "{said:?}");
    }
}

#[test]
fn a_fade_to_dark_and_back() {
    let graph = "[0]scale=640:-2,crop=640:480:0:0,fade=t=out:st=0.5:d=0.5[a];\
        [1]scale=640:-2,crop=640:480:0:0,fade=t=in:st=0.2:d=0.5[b];[a][b]concat[out]";
    in_every_coding(
        "a_fade_to_dark_and_back",
        &[(ASTRONAUT, 1.1), (ASTRONAUT, 2.0)],
        graph,
        |clip| {
            let results = watch(clip, |frame| frame);
            assert_only(&results[..15], TrackId(1), HAPPY);
            // Four fifths of the light are gone after 0.9 s; that has to last before it is said.
            for result in &results[31..39] {
                for face in &result.faces {
                    // What was there a tenth of a second ago may still be shown.
                    let verdict = face.face.reading.verdict;
                    assert!(face.unseen > 0 || verdict == Verdict::Unsure(Reason::TooDark));
                }
            }
            assert!(results[33].faces.is_empty());
            let last = &results[results.len() - 1];
            assert_eq!(last.faces.len(), 1);
            assert_eq!(last.faces[0].face.reading.verdict, HAPPY);
        },
    );
}

#[test]
fn a_cut_to_another_person() {
    let graph = "[0]scale=640:-2,crop=640:480:0:0[a];[1]scale=640:-2,crop=640:480:0:0[b];\
        [a][b]concat[out]";
    in_every_coding(
        "a_cut_to_another_person",
        &[(ASTRONAUT, 1.0), (HOPPER, 1.0)],
        graph,
        |clip| {
            let results = watch(clip, |frame| frame);
            assert_only(&results[..30], TrackId(1), HAPPY);
            let last = &results[results.len() - 1];
            assert_eq!(last.faces.len(), 1);
            assert_eq!(last.faces[0].track, TrackId(2));
            let newcomer =
                |result: &FrameResult| result.faces.iter().any(|face| face.track == TrackId(2));
            assert!(results[30..34].iter().any(newcomer));
        },
    );
}

#[test]
fn two_people_who_pass_each_other() {
    // The smile goes from the left to the right, in front.
    let graph = "color=gray:s=640x480:r=30[wall];[0]crop=150:170:150:30[near];\
        [1]crop=200:240:165:100,scale=140:168[far];\
        [wall][far]overlay=x='450-162*t':y=160[one];\
        [one][near]overlay=x='45+162*t':y=165:shortest=1[out]";
    in_every_coding(
        "two_people_who_pass_each_other",
        &[(ASTRONAUT, 2.5), (HOPPER, 2.5)],
        graph,
        |clip| {
            let results = watch(clip, |frame| frame);
            let from_left = |result: &FrameResult| {
                assert_eq!(result.faces.len(), 2, "{result:#?}");
                let mut faces: Vec<_> = result.faces.iter().collect();
                faces.sort_by(|a, b| a.face.bounds.x.total_cmp(&b.face.bounds.x));
                [faces[0].track, faces[1].track]
            };
            let (first, last) = (
                from_left(&results[5]),
                from_left(&results[results.len() - 1]),
            );
            assert_eq!(first, [last[1], last[0]]);
            let most = results.iter().flat_map(|result| &result.faces);
            assert_eq!(most.map(|face| face.track).max(), Some(TrackId(2)));
        },
    );
}

#[test]
fn a_pillar_between_the_face_and_the_camera() {
    let graph = "scale=640:-2,crop=640:480:0:0,\
        drawbox=x=120:y=0:w=360:h=480:color=0x303030:t=fill:enable='between(t,0.8,1.2)'[out]";
    in_every_coding(
        "a_pillar_between_the_face_and_the_camera",
        &[(ASTRONAUT, 2.2)],
        graph,
        |clip| {
            let results = watch(clip, |frame| frame);
            assert_only(&results[..24], TrackId(1), HAPPY);
            assert!(results[32].faces.is_empty());
            assert_only(&results[40..], TrackId(1), HAPPY);
        },
    );
}

#[test]
fn a_variable_frame_rate() {
    // Every seventh frame is missing, and four in a row once a second.
    let graph = "scale=640:-2,crop=640:480:0:'20+20*sin(7*t)',\
        select='not(eq(mod(n,7),3))*not(between(mod(n,30),20,23))'[out]";
    in_every_coding(
        "a_variable_frame_rate",
        &[(ASTRONAUT, 3.0)],
        graph,
        |clip| {
            let gaps = {
                let times: Vec<u64> = clip.frames().map(|(time, _)| time).collect();
                let mut gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
                gaps.sort_unstable();
                gaps
            };
            assert!(gaps[gaps.len() - 1] > 4 * gaps[0], "{gaps:?}");
            assert_only(&watch(clip, |frame| frame), TrackId(1), HAPPY);

            // A budget goes by time: ten results a second, whatever the camera does.
            let options = LiveOptions::default().budget(Budget::Results(10.0));
            let session = LiveSession::new(options).expect("the embedded models load");
            let mut result = FrameResult::default();
            for (time, frame) in clip.frames() {
                session.submit(&frame, time).expect("times rise");
                session
                    .next(Duration::ZERO, &mut result)
                    .expect("the only next");
            }
            let counts = result.counts;
            let wanted = 10.0 * clip.length();
            assert!((counts.analyzed as f64 - wanted).abs() <= 2.0, "{counts:?}");
            assert_eq!(result.faces[0].track, TrackId(1));
        },
    );
}

#[test]
fn frames_that_come_twice_as_fast_as_they_are_looked_at() {
    let graph = "scale=640:-2,crop=640:480:0:'10*t'[out]";
    in_every_coding(
        "frames_that_come_twice_as_fast_as_they_are_looked_at",
        &[(ASTRONAUT, 1.0)],
        graph,
        |clip| {
            let session = LiveSession::new(LiveOptions::default()).expect("the models load");
            let mut result = FrameResult::default();
            for (index, (time, frame)) in clip.frames().enumerate() {
                session.submit(&frame, time).expect("times rise");
                if index % 2 == 1 {
                    let next = session
                        .next(Duration::ZERO, &mut result)
                        .expect("the only next");
                    assert_eq!((next, result.timestamp), (Next::Result, time));
                    let half = (index as u64).div_ceil(2);
                    assert_eq!(
                        (result.counts.analyzed, result.counts.dropped),
                        (half, half)
                    );
                    assert_only(std::slice::from_ref(&result), TrackId(1), HAPPY);
                }
            }
        },
    );
}

#[test]
fn a_front_camera_that_mirrors() {
    let name = "a_front_camera_that_mirrors";
    if !is_there(name) {
        return;
    }
    let photos = [(ASTRONAUT, 1.0)];
    for coding in CODINGS {
        let graph = "scale=640:-2,crop=640:480:0:'20*t'[out]";
        let plain = watch(&clip(name, &photos, 30, graph, coding), |frame| frame);
        let graph = graph.replace("[out]", ",hflip[out]");
        let mirrored = watch(&clip(name, &photos, 30, &graph, coding), |frame| {
            frame.mirrored(true)
        });
        assert_only(&mirrored, TrackId(1), HAPPY);
        for (a, b) in plain.iter().zip(&mirrored) {
            let (a, b) = (&a.faces[0].face, &b.faces[0].face);
            let eyes = a.quality.eye_distance;
            for (a, b) in a.points.to_array().iter().zip(b.points.to_array()) {
                assert!(a.distance(b) < 0.15 * eyes, "{a:?} {b:?}");
            }
        }
    }
}
