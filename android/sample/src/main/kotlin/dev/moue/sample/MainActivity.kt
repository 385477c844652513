package dev.moue.sample

import android.Manifest
import android.app.Activity
import android.app.AlertDialog
import android.content.ActivityNotFoundException
import android.content.Intent
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.hardware.camera2.CameraManager
import android.media.Image
import android.net.Uri
import android.os.Bundle
import android.os.SystemClock
import android.provider.Settings
import android.util.Log
import android.view.WindowManager
import android.widget.Toast
import dev.moue.Calibration
import dev.moue.FrameResult
import dev.moue.MoueException
import dev.moue.MoueSession
import dev.moue.Point
import dev.moue.Submitted
import dev.moue.submit
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import java.io.IOException
import java.util.Date
import java.util.concurrent.atomic.AtomicBoolean

/**
 * The one screen: the camera with what Moue reads in it, or a picture that is held.
 *
 * It decides which of the two is shown and connects the parts: a [FrameSource] gives frames to the session, the session's results go to
 * [MainScreen]. The camera runs only between `onStart` and `onStop`.
 */
class MainActivity :
    Activity(),
    MainScreen.Taps {
    private lateinit var screen: MainScreen
    private lateinit var kept: Kept
    private val preferences by lazy { Preferences(this) }
    private val manager by lazy { checkNotNull(getSystemService(CameraManager::class.java)) }
    private var facing = Cameras.Facing.FRONT
    private var cameras = emptyList<Cameras.Camera>()
    private var source: FrameSource? = null
    private var scope = CoroutineScope(SupervisorJob())
    private var scene: Scene? = null
    private var mirrored = false
    private var note: AlertDialog? = null
    private var statsAt = 0L
    private val clock = FrameClock()

    /** Between the source's start and its fault or stop: what comes outside of that is of before. */
    private var isRunning = false
    private var reading: Job? = null
    private var photo: Job? = null
    private val freezing = AtomicBoolean()

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        @Suppress("DEPRECATION")
        kept = lastNonConfigurationInstance as Kept? ?: Kept()
        state?.getString(FACING)?.let { facing = Cameras.Facing.valueOf(it) }
        setContentView(R.layout.main)
        screen = MainScreen(window.decorView.child(R.id.root), this)
        screen.onPlaceTap(::choose)
        if (state?.getBoolean(NOTE) == true) about()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(FACING, facing.name)
        state.putBoolean(NOTE, note?.isShowing == true)
    }

    @Deprecated("The platform's own way to keep an object; its successor is in a library that this app does without.")
    override fun onRetainNonConfigurationInstance(): Any = kept

    override fun onStart() {
        super.onStart()
        scope = CoroutineScope(Dispatchers.Main.immediate + SupervisorJob())
        val (held, failure, opening) = Triple(kept.held, kept.failure, kept.opening)
        when {
            held != null -> hold(held)
            failure != null -> showNotice(failure)
            else -> startCamera()
        }
        // The device was turned meanwhile.
        opening?.let(::readPhoto)
    }

    override fun onStop() {
        stopCamera()
        scope.cancel()
        super.onStop()
    }

    override fun onDestroy() {
        note?.dismiss()
        if (!isChangingConfigurations) kept.close()
        super.onDestroy()
    }

    // --- The camera

    private fun startCamera() {
        stopCamera()
        photo?.cancel()
        kept.held = null
        kept.opening = null
        kept.failure = null
        scene = null
        screen.showStats(null)
        screen.overlay.clear()
        val clip = VirtualCamera.find(getExternalFilesDir(null)).takeIf { isDebuggable }
        if (clip == null) {
            Notice.of(access())?.let { return showNotice(it) }
            screen.showStill(null)
        }
        val started = if (clip == null) camera() else VirtualCamera({ Clip.open(clip) }, screen::showStill, listener)
        if (started == null) return showNotice(Notice.NO_CAMERA)
        source = started
        showNothing(R.string.starting)
        reading = scope.launch { read(if (clip == null) facing.name else clip.name) }
        started.start()
    }

    private fun camera(): FrameSource? {
        cameras = Cameras.all(manager)
        val camera = Cameras.choose(cameras, facing) ?: return null
        facing = camera.facing
        @Suppress("DEPRECATION")
        return CameraSource(manager, camera, screen.preview, { windowManager.defaultDisplay.rotation }, listener)
    }

    private fun stopCamera() {
        window.clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        freezing.set(false)
        source?.stop()
        source = null
        reading?.cancel()
        isRunning = false
        clock.forget()
    }

    /** Opens the session for the camera [name] where there is none, and shows its results until the source stops. */
    private suspend fun read(name: String) {
        try {
            val session = kept.session(name, this)
            session.results.collect { result -> clock.age(result.timestampNs)?.let { if (isRunning) show(result, it) } }
        } catch (exception: MoueException) {
            fail(exception)
        }
    }

    private fun fail(exception: MoueException) {
        stopCamera()
        kept.held = null
        showNotice(Notice.READER_FAILED, exception.message)
    }

    internal val listener = object : FrameSource.Listener {
        override fun onStarted(facts: FrameSource.Facts) {
            isRunning = true
            showNothing(R.string.starting)
            mirrored = facts.mirroredView
            screen.overlay.mirrored = mirrored
            screen.showNotice(null)
            window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
            if (!preferences.noteRead) about()
        }

        override fun onImage(image: Image, facts: FrameSource.Facts) {
            if (freezing.compareAndSet(true, false)) FramePicture.of(image, facts).let { runOnUiThread { freeze(it) } }
            submit(image.timestamp) { submit(image, facts.rotationDegrees) }
        }

        override fun onLuma(luma: FrameSource.Luma, facts: FrameSource.Facts) {
            if (freezing.compareAndSet(true, false)) runOnUiThread { screen.picture?.let(::freeze) }
            submit(luma.timestampNanos) {
                submit(luma.bytes, luma.width, luma.height, luma.rowStride, 1, facts.rotationDegrees, luma.timestampNanos)
            }
        }

        private fun submit(timestampNanos: Long, frame: MoueSession.() -> Submitted) {
            try {
                clock.note(timestampNanos)
                kept.session?.frame()
            } catch (exception: MoueException) {
                // Cameras repeat a time now and then. That frame is passed over; the next one comes soon.
                Log.w(TAG, exception.message, exception)
            }
        }

        override fun onFault(fault: CameraFault) {
            isRunning = false
            clock.forget()
            showNotice(Notice.of(fault))
        }
    }

    private fun show(result: FrameResult, ageNanos: Long) {
        val before = scene?.focus(kept.chosen)
        val shown = Scene(result.frameSize, result.faces.map { SeenFace(it.track, it.face, it.calibration) })
        scene = shown
        screen.overlay.show(result)
        val face = shown.focus(kept.chosen)
        val wasRunning = before?.key == face?.key && before?.calibration == Calibration.RUNNING
        if (wasRunning && face?.calibration == Calibration.DONE) say(R.string.calibrated)
        showScene(shown, PanelContent(getString(R.string.no_face), getString(R.string.no_face_hint)), MainScreen.Mode.LIVE)
        val now = SystemClock.uptimeMillis()
        if (now - statsAt >= STATS_MS) {
            statsAt = now
            screen.showStats(Figures.of(this, result, ageNanos))
        }
    }

    private fun showScene(shown: Scene, empty: PanelContent, mode: MainScreen.Mode) {
        val face = shown.focus(kept.chosen)
        val content = PanelContent.of(this, shown, kept.chosen, empty)
        val hint = getString(R.string.calibrating).takeIf { face?.calibration == Calibration.RUNNING }
        screen.showReading(if (hint == null) content else content.copy(detail = hint), SystemClock.uptimeMillis())
        screen.showButtons(mode, face != null, face?.calibration == Calibration.DONE, cameras.size)
    }

    private fun showNothing(words: Int?) {
        screen.showReading(PanelContent(words?.let(::getString).orEmpty(), ""), SystemClock.uptimeMillis())
        // Where one camera gives nothing, another may.
        val others = if (source == null) 0 else cameras.size
        screen.showButtons(MainScreen.Mode.NOTHING, face = false, calibrated = false, others)
    }

    private fun showNotice(notice: Notice, text: String? = null) {
        scene = null
        screen.showStill(null)
        screen.showNotice(notice, text)
        showNothing(null)
    }

    // --- Permission

    private fun access() = CameraAccess.of(
        granted = checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED,
        asked = preferences.askedForCamera,
        rationale = shouldShowRequestPermissionRationale(Manifest.permission.CAMERA),
    )

    override fun remedy(notice: Notice) = when (notice.remedy) {
        Notice.Remedy.ASK -> {
            preferences.askedForCamera = true
            requestPermissions(arrayOf(Manifest.permission.CAMERA), ASK_CAMERA)
        }

        Notice.Remedy.SETTINGS -> {
            val settings = Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, Uri.fromParts("package", packageName, null))
            startActivity(settings)
        }

        Notice.Remedy.RETRY -> startCamera()

        Notice.Remedy.NONE -> Unit
    }

    override fun onRequestPermissionsResult(request: Int, permissions: Array<String>, results: IntArray) {
        // Nothing in it: the question was interrupted, not answered.
        if (request == ASK_CAMERA && results.isNotEmpty() && kept.held == null) startCamera()
    }

    // --- Pictures that stay

    override fun freezeOrResume() = if (kept.held == null) freezing.set(true) else startCamera()

    private fun freeze(picture: Bitmap) {
        if (source == null) return
        hold(Kept.Held(R.string.frozen, picture, scene, mirrored, Date()))
    }

    private fun hold(held: Kept.Held) {
        stopCamera()
        kept.held = held
        kept.failure = null
        scene = held.scene
        mirrored = held.mirrored
        screen.showNotice(null)
        screen.showStill(held.picture)
        screen.overlay.mirrored = held.mirrored
        val word = getString(held.kind)
        screen.showStats(Figures(word, word))
        if (held.scene == null) {
            screen.overlay.clear()
            showNothing(R.string.reading_photo)
        } else {
            screen.overlay.show(held.scene.faces.map { it.face }, held.scene.size)
            val empty = PanelContent(getString(R.string.no_face_photo), getString(R.string.no_face_photo_hint))
            showScene(held.scene, empty, MainScreen.Mode.HELD)
        }
    }

    override fun openPhoto() = try {
        @Suppress("DEPRECATION")
        startActivityForResult(Photos.picker(), PICK_PHOTO)
    } catch (_: ActivityNotFoundException) {
        say(R.string.no_gallery)
    }

    @Deprecated("The platform's own way to get a result; its successor is in a library that this app does without.")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val uri = data?.data
        if (request == PICK_PHOTO && result == RESULT_OK && uri != null) readPhoto(uri)
    }

    private fun readPhoto(uri: Uri) {
        photo?.cancel()
        kept.opening = uri
        kept.chosen = null
        photo = scope.launch {
            try {
                PhotoReader(contentResolver, ::hold).read(uri)
            } catch (exception: IOException) {
                Log.i(TAG, "a photo can't be read", exception)
                failPhoto(Notice.of(exception))
            } catch (exception: MoueException) {
                fail(exception)
            }
            kept.opening = null
        }
    }

    private fun failPhoto(notice: Notice) {
        stopCamera()
        kept.held = null
        kept.failure = notice
        showNotice(notice)
    }

    // --- The other buttons

    override fun calibrate() {
        val face = scene?.focus(kept.chosen) ?: return
        if (face.calibration == Calibration.DONE) {
            kept.session?.forgetBaseline(face.key)
            say(R.string.forgotten)
        } else {
            kept.session?.calibrate(face.key)
        }
    }

    override fun share() {
        val shown = scene ?: return
        if (shown.faces.isNotEmpty()) startActivity(ShareText.intent(ShareText.of(this, shown, kept.held?.moment ?: Date())))
    }

    override fun switchCamera() {
        facing = facing.other()
        startCamera()
    }

    override fun about() {
        val paragraphs = listOf(R.string.note_shows, R.string.note_people, R.string.note_work, R.string.note_private)
        note?.dismiss()
        note = AlertDialog.Builder(this)
            .setTitle(R.string.note_title)
            .setMessage(paragraphs.joinToString("\n\n", transform = ::getString))
            .setPositiveButton(R.string.note_close) { _, _ -> preferences.noteRead = true }
            .show()
    }

    private fun choose(place: Point) {
        kept.chosen = scene?.at(place)?.key ?: return
        kept.held?.let(::hold)
    }

    private fun say(words: Int) = Toast.makeText(this, words, Toast.LENGTH_SHORT).show()

    private val isDebuggable get() = applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0

    private companion object {
        const val TAG = "MoueSample"
        const val FACING = "facing"
        const val NOTE = "note"
        const val ASK_CAMERA = 1
        const val PICK_PHOTO = 2

        /** Figures that change more often can't be read. */
        const val STATS_MS = 500L
    }
}
