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
