// Where a face is and what was measured on it, in pixels of the upright, unmirrored full-size frame: origin at the top left corner of the
// top left pixel. How a view shows these places is the Android part's ViewTransform.
package dev.moue

/** Width and height in whole pixels. */
public data class Size(
    /** Pixels from left to right. */
    public val width: Int,
    /** Pixels from top to bottom. */
    public val height: Int,
)

/** A place in a picture, in pixels. */
public data class Point(
    /** From the left edge to the right. */
    public val x: Float,
    /** From the top edge down. */
    public val y: Float,
)

/** An upright rectangle, in pixels. It may reach beyond the picture. */
public data class Bounds(
    /** Left edge. */
    public val x: Float,
    /** Top edge. */
    public val y: Float,
    /** From the left edge to the right one. */
    public val width: Float,
    /** From the top edge to the bottom one. */
    public val height: Float,
) {
    /** Right edge. */
    public val right: Float get() = x + width

    /** Bottom edge. */
    public val bottom: Float get() = y + height
}

/** Five points of a face, named by the side of the picture they lie on: in an unmirrored picture, [imageLeftEye] is the person's right eye. */
public data class Points(
    /** Centre of the eye further to the left in the picture, for an upright head. */
    public val imageLeftEye: Point,
    /** Centre of the other eye. */
    public val imageRightEye: Point,
    /** Tip of the nose. */
    public val nose: Point,
    /** Mouth corner on the side of [imageLeftEye]. */
    public val imageLeftMouth: Point,
    /** Mouth corner on the side of [imageRightEye]. */
    public val imageRightMouth: Point,
) {
    /** All five, in the order of their declaration. */
    public fun toList(): List<Point> = listOf(imageLeftEye, imageRightEye, nose, imageLeftMouth, imageRightMouth)
}

/** Where a head is turned, in degrees. */
public data class Pose(
    /** Around the vertical axis; positive when the face looks to the right of the picture. */
    public val yaw: Float,
    /** Around the axis through the ears; positive when the face looks up. */
    public val pitch: Float,
    /** Tilt in the picture's plane; positive clockwise. */
    public val roll: Float,
)

/** What was measured on one face. */
public data class Quality(
    /** Side of the square that was cut out for the classifier, in pixels of the reduced picture that Moue works on. */
    public val side: Float,
    /** The same side in pixels of the full-size frame. */
    public val sideInFrame: Float,
    /** Distance between the eyes, in pixels of the full-size frame. */
    public val eyeDistance: Float,
    /** Mean luma of the crop, from 0 (black) to 1 (white). */
    public val brightness: Float,
    /** Standard deviation of the crop's luma on the same scale; at most 0.5. */
    public val contrast: Float,
    /** Mean square of the crop's Laplacian over the variance of its luma: 0 for a flat crop, 20 for white noise. */
    public val sharpness: Float,
    /** Where the head is turned; null where the points lie on a line. */
    public val pose: Pose?,
)

/** A face with its reading. */
public data class Face(
    /** The face from forehead to chin, upright whatever the head's tilt; may reach beyond the frame. */
    public val bounds: Bounds,
    /** How sure the detector is that this is a face, 0 to 1. */
    public val score: Float,
    /** The five points. */
    public val points: Points,
    /** What was measured on the face. */
    public val quality: Quality,
    /** The expression, or why it is unsure, with the scores. */
    public val reading: Reading,
)
