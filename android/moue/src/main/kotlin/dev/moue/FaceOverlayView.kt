// Draws faces over a preview or a photo: a box and a label each. Where a place of the frame lies in the view is ViewTransform's to say.
package dev.moue

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.DashPathEffect
import android.graphics.Paint
import android.graphics.RectF
import android.text.TextPaint
import android.util.AttributeSet
import android.util.TypedValue
import android.view.View

private const val STROKE_DP = 3f
private const val HALO_DP = 5f
private const val CORNER_DP = 6f
private const val PADDING_DP = 4f
private const val DASH_DP = 8f
private const val TEXT_SP = 14f
private const val HALO_COLOR = 0x80000000.toInt()

/** Luminance from which on black text is easier to read than white: where both have the same contrast (WCAG 2.2). */
private const val BRIGHT = 0.179f

/**
 * Shows the faces of a frame over the view that shows the frame itself; lay both out at the same place and size.
 *
 * Results are in the coordinates of the upright, unmirrored frame whatever the camera's rotation, so only two things must be told: how the
 * view below scales the picture ([scale]) and whether it shows it as a mirror ([mirrored]).
 *
 * A certain face has a full outline in its expression's [color] and a label such as `happy 93%`, an unsure one a dashed outline and its reason.
 * Labels are in the device's language and start on the side on which it is read. TalkBack passes over the view: it would never be silent.
 */
public class FaceOverlayView @JvmOverloads constructor(context: Context, attributes: AttributeSet? = null, defaultStyle: Int = 0) :
    View(context, attributes, defaultStyle) {
    private class Drawn(val bounds: Bounds, val label: String, val color: Int, val isCertain: Boolean)

    private var drawn: List<Drawn> = emptyList()
    private var frameSize: Size? = null

    /** How the view below scales the picture. CameraX's `PreviewView` fills by default, an `ImageView` fits. */
    public var scale: ViewScale = ViewScale.FILL
        set(value) {
            field = value
            layOut()
        }

    /** Whether the view below shows the picture as a mirror does, as previews of front cameras do. */
    public var mirrored: Boolean = false
        set(value) {
            field = value
            layOut()
        }

    /** Where this view shows the places of the frame; null before the first frame or layout. */
    public var transform: ViewTransform? = null
        private set

    private val corner = dp(CORNER_DP)
    private val padding = dp(PADDING_DP)
    private val halo = stroke(dp(HALO_DP)).apply { color = HALO_COLOR }
    private val outline = stroke(dp(STROKE_DP))
    private val dashes = DashPathEffect(floatArrayOf(dp(DASH_DP), dp(DASH_DP)), 0f)
    private val background = Paint(Paint.ANTI_ALIAS_FLAG)
    private val text = TextPaint(Paint.ANTI_ALIAS_FLAG).apply {
        textSize = TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_SP, TEXT_SP, resources.displayMetrics)
    }
    private val box = RectF()
    private val plate = RectF()

    init {
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    /** Shows the faces of a frame of live video. Main thread only. */
    public fun show(result: FrameResult) {
        show(result.faces.map { it.face }, result.frameSize)
    }

    /** Shows the faces of a photo whose upright size is [frameSize]. Main thread only. */
    public fun show(faces: List<Face>, frameSize: Size) {
        drawn = faces.map { face ->
            Drawn(
                bounds = face.bounds,
                label = face.reading.describe(context),
                color = context.getColor(face.reading.verdict.color),
                isCertain = face.reading.verdict is Verdict.Certain,
            )
        }
        if (frameSize != this.frameSize) {
            this.frameSize = frameSize
            layOut()
        }
        invalidate()
    }

    /** Shows nothing any more. Main thread only. */
    public fun clear() {
        drawn = emptyList()
        invalidate()
    }

    override fun onSizeChanged(width: Int, height: Int, oldWidth: Int, oldHeight: Int) {
        super.onSizeChanged(width, height, oldWidth, oldHeight)
        layOut()
    }

    private fun layOut() {
        val size = frameSize
        transform = if (size == null || width == 0 || height == 0) {
            null
        } else {
            ViewTransform.of(size, width.toFloat(), height.toFloat(), scale, mirrored)
        }
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        val transform = transform ?: return
        for (face in drawn) {
            val bounds = transform.map(face.bounds)
            box.set(bounds.x, bounds.y, bounds.right, bounds.bottom)
            drawOutline(canvas, face)
        }
        // After all outlines, so that none runs through a label.
        for (face in drawn) {
            val bounds = transform.map(face.bounds)
            box.set(bounds.x, bounds.y, bounds.right, bounds.bottom)
            drawLabel(canvas, face)
        }
    }

    private fun drawOutline(canvas: Canvas, face: Drawn) {
        outline.color = face.color
        outline.pathEffect = if (face.isCertain) null else dashes
        halo.pathEffect = outline.pathEffect
        // Seen on a background of any colour.
        canvas.drawRoundRect(box, corner, corner, halo)
        canvas.drawRoundRect(box, corner, corner, outline)
    }

    /** Above the box where there is room, else inside of it, and never beyond the view's sides. */
    private fun drawLabel(canvas: Canvas, face: Drawn) {
        val metrics = text.fontMetrics
        val width = text.measureText(face.label) + 2 * padding
        val height = metrics.descent - metrics.ascent + 2 * padding
        val start = if (layoutDirection == LAYOUT_DIRECTION_RTL) box.right - width else box.left
        val left = start.coerceIn(0f, (this.width - width).coerceAtLeast(0f))
        val above = box.top - height - padding
        val top = if (above >= 0) above else box.top.coerceAtLeast(0f) + padding
        plate.set(left, top, left + width, top + height)
        background.color = face.color
        text.color = if (isBright(face.color)) Color.BLACK else Color.WHITE
        canvas.drawRoundRect(plate, corner, corner, background)
        canvas.drawText(face.label, left + padding, top + padding - metrics.ascent, text)
    }

    private fun isBright(color: Int): Boolean = Color.luminance(color) >= BRIGHT

    private fun stroke(width: Float) = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.STROKE
        strokeWidth = width
    }

    private fun dp(value: Float): Float = value * resources.displayMetrics.density
}
