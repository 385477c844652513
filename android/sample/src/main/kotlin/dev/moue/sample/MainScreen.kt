package dev.moue.sample

import android.annotation.SuppressLint
import android.annotation.TargetApi
import android.graphics.Bitmap
import android.graphics.Rect
import android.os.Build
import android.view.MotionEvent
import android.view.View
import android.view.WindowInsets
import android.widget.Button
import android.widget.ImageButton
import android.widget.ImageView
import android.widget.TextView
import dev.moue.FaceOverlayView
import dev.moue.Point

/**
 * The views of the one screen and how each state of the app looks. Decides nothing: [MainActivity] says what to show, and hears of taps
 * through [taps].
 *
 * @param root the inflated layout.
 */
class MainScreen(private val root: View, private val taps: Taps) {
    /** What can be touched. */
    interface Taps {
        fun openPhoto()
        fun calibrate()
        fun freezeOrResume()
        fun share()
        fun switchCamera()
        fun about()
        fun remedy(notice: Notice)
    }

    /** What the middle button does, and what else can be done with it. */
    enum class Mode { LIVE, HELD, NOTHING }

    val preview: android.view.TextureView = root.child(R.id.preview)
    val overlay: FaceOverlayView = root.child(R.id.overlay)
    private val still: ImageView = root.child(R.id.still)
    private val reading: ReadingView = root.child(R.id.reading)
    private val stats: TextView = root.child(R.id.stats)
    private val notice: View = root.child(R.id.notice)
    private val noticeTitle: TextView = root.child(R.id.notice_title)
    private val noticeText: TextView = root.child(R.id.notice_text)
    private val noticeAction: Button = root.child(R.id.notice_action)
    private val noticePhoto: Button = root.child(R.id.notice_photo)
    private val photo = button(R.id.open_photo, Taps::openPhoto)
    private val calibrate = button(R.id.calibrate, Taps::calibrate)
    private val freeze = button(R.id.freeze, Taps::freezeOrResume)
    private val share = button(R.id.share, Taps::share)
    private val switch = button(R.id.switch_camera, Taps::switchCamera)
    private val announcer = Announcer()

    init {
        root.child<View>(R.id.stage).clipToOutline = true
        button(R.id.about, Taps::about)
        noticePhoto.setOnClickListener { taps.openPhoto() }
        keepClearOfSystemBars()
    }

    /** Shows [picture] in the camera's place; the camera again for `null`. */
    fun showStill(picture: Bitmap?) {
        still.setImageBitmap(picture)
        still.visibility = if (picture == null) View.GONE else View.VISIBLE
    }

    /** What is shown in the camera's place, if anything. */
    val picture: Bitmap? get() = (still.drawable as? android.graphics.drawable.BitmapDrawable)?.bitmap

    /** Tells why there is no picture; `null` when there is one. [text] stands for the notice's own where more is known. */
    fun showNotice(shown: Notice?, text: String? = null) {
        notice.visibility = if (shown == null) View.GONE else View.VISIBLE
        overlay.visibility = if (shown == null) View.VISIBLE else View.GONE
        if (shown == null) return
        showStats(null)
        noticeTitle.setText(shown.title)
        noticeText.text = text ?: root.context.getString(shown.text)
        noticeAction.visibility = if (shown.action == null) View.GONE else View.VISIBLE
        shown.action?.let(noticeAction::setText)
        noticeAction.setOnClickListener { taps.remedy(shown) }
    }

    /** Shows what the face shows, and lets TalkBack say it once it has been held; [now] in milliseconds. */
    fun showReading(content: PanelContent, now: Long) {
        reading.show(content)
        announcer.hear(content.label, now)?.let(reading::announce)
    }

    /** Hears of touches on the picture, in pixels of the upright frame. */
    // The faces under the finger are told of in words by the panel; a click without a place has no face to choose.
    @SuppressLint("ClickableViewAccessibility")
    fun onPlaceTap(tap: (Point) -> Unit) {
        overlay.setOnTouchListener { _, event ->
            val transform = overlay.transform
            if (event.action == MotionEvent.ACTION_UP && transform != null) tap(transform.unmap(Point(event.x, event.y)))
            true
        }
    }

    /** Shows figures or what kind of picture this is; nothing for `null`. */
    fun showStats(shown: Figures?) {
        stats.visibility = if (shown == null) View.GONE else View.VISIBLE
        stats.text = shown?.text
        stats.contentDescription = shown?.spoken
    }

    /**
     * What the buttons can do.
     *
     * @param face whether there is a face to share or to calibrate on.
     * @param calibrated whether that face's relaxed look is known.
     * @param cameras how many cameras there are to choose from.
     */
    fun showButtons(mode: Mode, face: Boolean, calibrated: Boolean, cameras: Int) {
        val context = root.context
        val held = mode == Mode.HELD
        freeze.setImageResource(if (held) R.drawable.ic_resume else R.drawable.ic_freeze)
        freeze.contentDescription = context.getString(if (held) R.string.resume else R.string.freeze)
        freeze.isEnabled = mode != Mode.NOTHING
        freeze.alpha = if (freeze.isEnabled) 1f else OFF
        share.isEnabled = face
        calibrate.isEnabled = mode == Mode.LIVE && face
        calibrate.isActivated = calibrated
        calibrate.contentDescription = context.getString(if (calibrated) R.string.forget_baseline else R.string.calibrate)
        switch.isEnabled = !held && cameras > 1
        photo.isEnabled = true
    }

    private fun button(id: Int, tap: Taps.() -> Unit): ImageButton = root.child<ImageButton>(id).apply {
        setOnClickListener { taps.tap() }
        // Shown at a long press: the same words that TalkBack says.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) explain(this)
    }

    @TargetApi(Build.VERSION_CODES.O)
    private fun explain(button: View) {
        button.tooltipText = button.contentDescription
    }

    /** From API 35 on an app is drawn behind the system's bars; the padding of the layout comes on top of them. */
    private fun keepClearOfSystemBars() {
        val edge = root.paddingTop
        root.setOnApplyWindowInsetsListener { view, insets ->
            val bars = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) bars(insets) else barsBefore(insets)
            view.setPadding(edge + bars.left, edge + bars.top, edge + bars.right, edge + bars.bottom)
            insets
        }
    }

    @TargetApi(Build.VERSION_CODES.R)
    private fun bars(insets: WindowInsets): Rect {
        val bars = insets.getInsets(WindowInsets.Type.systemBars() or WindowInsets.Type.displayCutout())
        return Rect(bars.left, bars.top, bars.right, bars.bottom)
    }

    @Suppress("DEPRECATION")
    private fun barsBefore(insets: WindowInsets) =
        Rect(insets.systemWindowInsetLeft, insets.systemWindowInsetTop, insets.systemWindowInsetRight, insets.systemWindowInsetBottom)

    private companion object {
        const val OFF = 0.35f
    }
}

/** The view below this one that the layout names [id]; a layout without it is a mistake in the app. */
internal fun <T : View> View.child(id: Int): T = checkNotNull(findViewById<T>(id)) { "the layout has no ${resources.getResourceEntryName(id)}" }
