// Draws faces over a preview or a photo: a box and a label each. Where a place of the frame lies in the view is ViewTransform's to say, what a
// label says and where it stands FaceLabel's.
package dev.moue

import android.content.Context
import android.graphics.Canvas
import android.graphics.DashPathEffect
import android.graphics.Paint
import android.graphics.RectF
import android.text.StaticLayout
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

/**
 * Shows the faces of a frame over the view that shows the frame itself; lay both out at the same place and size.
 *
 * Results are in the coordinates of the upright, unmirrored frame whatever the camera's rotation, so only two things must be told: how the
 * view below scales the picture ([scale]) and whether it shows it as a mirror ([mirrored]).
 *
 * A certain face has a full outline in its expression's [color] and a label such as `happy 93%`, an unsure one a dashed outline and its reason.
 * Labels are in the device's language and start on the side on which it is read; they stand above the face, or below it where there is no room,
 * always inside the view, and are shortened where it is narrow. TalkBack passes over the view: it would never be silent.
 */
public class FaceOverlayView @JvmOverloads constructor(context: Context, attributes: AttributeSet? = null, defaultStyle: Int = 0) :
    View(context, attributes, defaultStyle) {
    private class Drawn(val bounds: Bounds, val label: FaceLabel, val color: Int, val isCertain: Boolean) {
        /** In the view's pixels. */
        val box = RectF()
        var lines: StaticLayout? = null
    }

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
                label = FaceLabel.of(face.reading, context),
                color = context.getColor(face.reading.verdict.color),
                isCertain = face.reading.verdict is Verdict.Certain,
            )
        }
        this.frameSize = frameSize
        layOut()
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
        transform?.let { for (face in drawn) layOut(face, it) }
        invalidate()
    }

    private fun layOut(face: Drawn, transform: ViewTransform) {
        val bounds = transform.map(face.bounds)
        face.box.set(bounds.x, bounds.y, bounds.right, bounds.bottom)
        // A face that the view cuts off altogether has no label: it would be taken for another's.
        val isSeen = face.box.intersects(0f, 0f, width.toFloat(), height.toFloat())
        val room = (width - 2 * padding).toInt()
        face.lines = if (isSeen && room > 0) face.label.lines(text, room, isRtl) else null
    }

    private val isRtl get() = layoutDirection == LAYOUT_DIRECTION_RTL

    override fun onRtlPropertiesChanged(layoutDirection: Int) {
        super.onRtlPropertiesChanged(layoutDirection)
        layOut()
    }

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        if (transform == null) return
        for (face in drawn) drawOutline(canvas, face)
        // After all outlines, so that none runs through a label.
        for (face in drawn) face.lines?.let { drawLabel(canvas, face, it) }
    }

    private fun drawOutline(canvas: Canvas, face: Drawn) {
        outline.color = face.color
        outline.pathEffect = if (face.isCertain) null else dashes
        halo.pathEffect = outline.pathEffect
        // Seen on a background of any colour.
        canvas.drawRoundRect(face.box, corner, corner, halo)
        canvas.drawRoundRect(face.box, corner, corner, outline)
    }

    private fun drawLabel(canvas: Canvas, face: Drawn, lines: StaticLayout) {
        plate.set(0f, 0f, lines.width + 2 * padding, lines.height + 2 * padding)
        FaceLabel.place(plate, face.box, width, height, padding, isRtl)
        background.color = face.color
        text.color = FaceLabel.textColorOn(face.color)
        canvas.drawRoundRect(plate, corner, corner, background)
        canvas.save()
        canvas.translate(plate.left + padding, plate.top + padding)
        lines.draw(canvas)
        canvas.restore()
    }

    private fun stroke(width: Float) = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.STROKE
        strokeWidth = width
    }

    private fun dp(value: Float): Float = value * resources.displayMetrics.density
}
