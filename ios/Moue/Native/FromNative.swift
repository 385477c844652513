// Results, from the generated records to this module's values. Every number is passed on as it is.

import Foundation
internal import MoueFFI

extension FacialExpression {
    init(_ expression: MoueFFI.Expression) {
        self =
            switch expression {
            case .angry: .angry
            case .disgust: .disgust
            case .fear: .fear
            case .happy: .happy
            case .sad: .sad
            case .surprise: .surprise
            case .neutral: .neutral
            }
    }
}

extension UnsureReason {
    init(_ reason: MoueFFI.Reason) {
        self =
            switch reason {
            case .tooSmall: .tooSmall
            case .tooDark: .tooDark
            case .tooBright: .tooBright
            case .blurred: .blurred
            case .turnedAway: .turnedAway
            case .ambiguous: .ambiguous
            }
    }
}

extension Verdict {
    init(_ verdict: MoueFFI.Verdict) {
        self =
            switch verdict {
            case .certain(let expression): .certain(FacialExpression(expression))
            case .unsure(let reason): .unsure(UnsureReason(reason))
            }
    }
}

extension Scores {
    init(_ scores: MoueFFI.Scores) {
        self.init(
            angry: scores.angry, disgust: scores.disgust, fear: scores.fear, happy: scores.happy, sad: scores.sad,
            surprise: scores.surprise, neutral: scores.neutral)
    }
}

extension CGPoint {
    init(_ point: MoueFFI.Point) {
        self.init(x: Double(point.x), y: Double(point.y))
    }
}

extension CGRect {
    init(_ rect: MoueFFI.Rect) {
        self.init(x: Double(rect.x), y: Double(rect.y), width: Double(rect.width), height: Double(rect.height))
    }
}

extension CGSize {
    init(_ size: MoueFFI.Size) {
        self.init(width: Double(size.width), height: Double(size.height))
    }
}

extension Face {
    init(_ face: MoueFFI.Face) {
        let (points, quality) = (face.points, face.quality)
        self.init(
            bounds: CGRect(face.bounds),
            score: face.score,
            points: FacePoints(
                imageLeftEye: CGPoint(points.imageLeftEye),
                imageRightEye: CGPoint(points.imageRightEye),
                nose: CGPoint(points.nose),
                imageLeftMouth: CGPoint(points.imageLeftMouth),
                imageRightMouth: CGPoint(points.imageRightMouth)
            ),
            quality: FaceQuality(
                side: quality.side,
                sideInFrame: quality.sideInFrame,
                eyeDistance: quality.eyeDistance,
                brightness: quality.brightness,
                contrast: quality.contrast,
                sharpness: quality.sharpness,
                pose: quality.pose.map { HeadPose(yaw: $0.yaw, pitch: $0.pitch, roll: $0.roll) }
            ),
            reading: Reading(verdict: Verdict(face.reading.verdict), scores: Scores(face.reading.scores))
        )
    }
}

extension Calibration {
    init(_ calibration: MoueFFI.Calibration) {
        self =
            switch calibration {
            case .none: .none
            case .running: .running
            case .done: .done
            }
    }
}

extension LiveFace {
    init(_ live: MoueFFI.LiveFace) {
        self.init(
            id: ID(rawValue: live.track),
            face: Face(live.face),
            readingAge: seconds(live.readingAgeNs),
            unseen: seconds(live.unseenNs),
            calibration: Calibration(live.calibration),
            distance: live.distance.map { FaceDistance(meters: $0.meters, deviation: $0.deviation) }
        )
    }
}

extension FrameResult {
    init(_ result: MoueFFI.FrameResult) {
        self.init(
            timestamp: result.timestampNs,
            frameSize: CGSize(result.frameSize),
            faces: result.faces.map(LiveFace.init),
            times: StageTimes(result.times),
            activity: Activity(result.activity)
        )
    }
}

extension StageTimes {
    init(_ times: MoueFFI.StageTimes) {
        self.init()
        turn = seconds(times.turnNs)
        search = seconds(times.searchNs)
        follow = seconds(times.followNs)
        read = seconds(times.readNs)
        total = seconds(times.totalNs)
    }
}

extension Activity {
    init(_ activity: MoueFFI.Activity) {
        self.init()
        analyzed = activity.analyzed
        dropped = activity.dropped
        searched = activity.searched
        seen = Int(activity.seen)
        read = Int(activity.read)
        rate = activity.rate
        load = activity.load
        interval = seconds(activity.intervalNs)
    }
}

extension Submitted {
    init(_ submitted: MoueFFI.Submitted) {
        self =
            switch submitted {
            case .waiting: .waiting
            case .replaced: .replaced
            case .paused: .paused
            case .closed: .closed
            }
    }
}

private func seconds(_ nanoseconds: UInt64) -> TimeInterval {
    TimeInterval(nanoseconds) / 1e9
}
