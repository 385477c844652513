// From a frame's coordinates to those of the view that shows it, and back. The rule is the native library's; here it is only applied.
package dev.moue

import kotlin.math.abs
import dev.moue.ffi.Rect as NativeRect
import dev.moue.ffi.ViewScale as NativeViewScale

/** How a picture is scaled into a view. Both keep its shape and centre it. */
public enum class ViewScale {
    /** The whole picture is seen, with empty bars where the shapes differ: `fitCenter`. */
    FIT,

    /** The whole view is covered; the picture's overhang is cut off: `PreviewView`'s own `fillCenter`. */
    FILL,
}

/** Where a view shows the places of a frame: `scaleX * x + left`, `scaleY * y + top`. */
public data class ViewTransform(
    /** Units of the view for a pixel of the frame, from left to right; negative in a mirrored view. */
    public val scaleX: Float,
    /** Units of the view for a pixel of the frame, from the top down. */
    public val scaleY: Float,
    /** Where the frame's edge with `x` 0 lies in the view. */
    public val left: Float,
    /** Where the frame's edge with `y` 0 lies in the view. */
    public val top: Float,
) {
    /** Where the view shows a point of the frame. */
    public fun map(point: Point): Point = Point(scaleX * point.x + left, scaleY * point.y + top)

    /** Where the view shows a rectangle of the frame. */
    public fun map(bounds: Bounds): Bounds {
        val width = abs(scaleX) * bounds.width
        val corner = scaleX * bounds.x + left
        return Bounds(if (scaleX < 0) corner - width else corner, scaleY * bounds.y + top, width, scaleY * bounds.height)
    }

    /** The point of the frame that the view shows at [point], such as under a finger. */
    public fun unmap(point: Point): Point = Point((point.x - left) / scaleX, (point.y - top) / scaleY)

    /** Where transforms come from. */
    public companion object {
        /**
         * The transform for a view of [viewWidth] times [viewHeight], in its own units, that shows an upright frame of [frameSize].
         *
         * @param mirrored whether the view shows the picture as a mirror would, as previews of front cameras do.
         * @throws MoueException of kind [MoueException.Kind.BAD_INPUT] where one of the sizes is not above 0.
         */
        @JvmStatic
        public fun of(frameSize: Size, viewWidth: Float, viewHeight: Float, scale: ViewScale, mirrored: Boolean): ViewTransform {
            val shown = NativeRect(0f, 0f, frameSize.width.toFloat(), frameSize.height.toFloat())
            val nativeScale = when (scale) {
                ViewScale.FIT -> NativeViewScale.FIT
                ViewScale.FILL -> NativeViewScale.FILL
            }
            val native = Native.call { dev.moue.ffi.viewTransform(shown, viewWidth, viewHeight, nativeScale, mirrored) }
            return ViewTransform(native.scaleX, native.scaleY, native.left, native.top)
        }
    }
}
