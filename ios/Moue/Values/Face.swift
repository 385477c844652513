// What is found of one face, in pixels of the upright, unmirrored full-size frame, origin at its top left corner.

import Foundation

/// A face with its reading.
public struct Face: Sendable, Equatable {
    /// The face from forehead to chin, upright whatever the head's tilt; may reach beyond the frame.
    public var bounds: CGRect
    /// How sure the detector is that this is a face, 0 to 1.
    public var score: Float
    /// Eyes, nose and mouth corners.
    public var points: FacePoints
    /// What was measured on the face.
    public var quality: FaceQuality
    /// The expression, or why it is unsure, with the scores.
    public var reading: Reading

    /// A face as it is, for previews and tests.
    public init(bounds: CGRect, score: Float, points: FacePoints, quality: FaceQuality, reading: Reading) {
        self.bounds = bounds
        self.score = score
        self.points = points
        self.quality = quality
        self.reading = reading
    }
}

/// Five points of a face, named by the side of the picture they lie on: in an unmirrored picture, `imageLeftEye` is the person's right eye.
public struct FacePoints: Sendable, Equatable {
    /// Centre of the eye further to the left in the picture, for an upright head.
    public var imageLeftEye: CGPoint
    /// Centre of the other eye.
    public var imageRightEye: CGPoint
    /// Tip of the nose.
    public var nose: CGPoint
    /// Mouth corner on the side of `imageLeftEye`.
    public var imageLeftMouth: CGPoint
    /// Mouth corner on the side of `imageRightEye`.
    public var imageRightMouth: CGPoint

    /// Points as they are, for previews and tests.
    public init(imageLeftEye: CGPoint, imageRightEye: CGPoint, nose: CGPoint, imageLeftMouth: CGPoint, imageRightMouth: CGPoint) {
        self.imageLeftEye = imageLeftEye
        self.imageRightEye = imageRightEye
        self.nose = nose
        self.imageLeftMouth = imageLeftMouth
        self.imageRightMouth = imageRightMouth
    }

    /// All five, in the order in which they are declared.
    public var all: [CGPoint] {
        [imageLeftEye, imageRightEye, nose, imageLeftMouth, imageRightMouth]
    }
}

/// What was measured on one face.
public struct FaceQuality: Sendable, Hashable {
    /// Side of the square that was cut out for the classifier, in pixels of the working picture.
    public var side: Float
    /// The same side in pixels of the full-size frame.
    public var sideInFrame: Float
    /// Distance between the eyes, in pixels of the full-size frame.
    public var eyeDistance: Float
    /// Mean luma of the crop, from 0 (black) to 1 (white).
    public var brightness: Float
    /// Standard deviation of the crop's luma on the same scale; at most 0.5.
    public var contrast: Float
    /// How sharp the crop is: 0 for a flat one, 20 for white noise, 0.1 to 0.5 for a sharp portrait.
    public var sharpness: Float
    /// How the head is turned; `nil` where the points don't tell.
    public var pose: HeadPose?

    /// Measurements as they are, for previews and tests.
    public init(
        side: Float = 0, sideInFrame: Float = 0, eyeDistance: Float = 0, brightness: Float = 0, contrast: Float = 0, sharpness: Float = 0,
        pose: HeadPose? = nil
    ) {
        self.side = side
        self.sideInFrame = sideInFrame
        self.eyeDistance = eyeDistance
        self.brightness = brightness
        self.contrast = contrast
        self.sharpness = sharpness
        self.pose = pose
    }
}

/// How a head is turned, in degrees, good to about ten of them: enough to tell a face that looks away, not to follow a gaze. All three are 0 for a face that looks straight into the camera.
public struct HeadPose: Sendable, Hashable {
    /// Turned to a side: positive where the face looks to the right of the picture, -90 to 90.
    public var yaw: Float
    /// Nodded: positive where the face looks up, -180 to 180.
    public var pitch: Float
    /// Tilted: positive clockwise as the picture shows it, -180 to 180.
    public var roll: Float

    /// A pose as it is, for previews and tests.
    public init(yaw: Float, pitch: Float, roll: Float) {
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
    }
}
