package dev.moue.sample

import android.annotation.SuppressLint
import android.graphics.ImageFormat
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.util.Size
import android.view.Surface
import android.view.TextureView
import android.view.View

/**
 * One camera through Camera2: its preview in a `TextureView`, its frames to the listener.
 *
 * Everything is opened by [start] and let go of by [stop]. After a fault it lets go of the camera and, where the fault may pass, opens it
 * again as soon as Android says that it is free.
 *
 * @param displayRotation asks for the display's rotation now: a device can be turned upside down without a new activity.
 */
class CameraSource(
    private val manager: CameraManager,
    private val camera: Cameras.Camera,
    private val view: TextureView,
    private val displayRotation: () -> Int,
    private val listener: FrameSource.Listener,
) : FrameSource {
    private val main = Handler(view.context.mainLooper)
    private val thread = HandlerThread("camera").apply { start() }
    private val frames = Handler(thread.looper)
    private var wanted = false
    private var opening = false
    internal var device: CameraDevice? = null
        private set
    private var reader: ImageReader? = null
    private var surface: Surface? = null
    private var waitsToBeFree = false

    override fun start() {
        wanted = true
        view.surfaceTextureListener = textureListener
        view.addOnLayoutChangeListener(layoutListener)
        manager.registerAvailabilityCallback(availability, main)
        if (view.isAvailable) open()
    }

    override fun stop() {
        if (!wanted) return
        wanted = false
        manager.unregisterAvailabilityCallback(availability)
        view.surfaceTextureListener = null
        view.removeOnLayoutChangeListener(layoutListener)
        release()
        thread.quitSafely()
        // No frame may come once this has returned; one takes about a millisecond.
        thread.join()
    }

    // The activity starts a source only once the permission is there; should it be taken away in between, `open` throws and is told.
    @SuppressLint("MissingPermission")
    private fun open() {
        if (!wanted || opening || device != null) return
        opening = true
        waitsToBeFree = false
        try {
            manager.openCamera(camera.id, deviceCallback, main)
        } catch (exception: CameraAccessException) {
            fail(Cameras.fault(exception))
        } catch (_: SecurityException) {
            fail(CameraFault.DISABLED)
        } catch (_: IllegalArgumentException) {
            fail(CameraFault.LOST)
        }
    }

    internal val deviceCallback = object : CameraDevice.StateCallback() {
        override fun onOpened(opened: CameraDevice) {
            opening = false
            if (!wanted) return opened.close()
            device = opened
            show(opened)
        }

        override fun onDisconnected(lost: CameraDevice) {
            lost.close()
            fail(CameraFault.LOST)
        }

        override fun onError(broken: CameraDevice, error: Int) {
            broken.close()
            fail(Cameras.fault(error))
        }
    }

    private fun show(opened: CameraDevice) {
        val texture = view.surfaceTexture ?: return
        texture.setDefaultBufferSize(camera.preview.width, camera.preview.height)
        val facts = facts()
        val preview = Surface(texture).also { surface = it }
        val images = ImageReader.newInstance(camera.frame.width, camera.frame.height, ImageFormat.YUV_420_888, BUFFERS)
        reader = images
        images.setOnImageAvailableListener({ it.acquireLatestImage()?.use { image -> listener.onImage(image, facts()) } }, frames)
        try {
            // Deprecated since API 28, and the only call that exists since API 24.
            @Suppress("DEPRECATION")
            opened.createCaptureSession(listOf(preview, images.surface), sessionCallback(opened, preview, images), main)
        } catch (exception: CameraAccessException) {
            return fail(Cameras.fault(exception))
        } catch (_: IllegalStateException) {
            return fail(CameraFault.LOST)
        }
        fit()
        listener.onStarted(facts)
    }

    private fun sessionCallback(opened: CameraDevice, preview: Surface, images: ImageReader) = object : CameraCaptureSession.StateCallback() {
        override fun onConfigured(session: CameraCaptureSession) {
            if (opened != device) return
            try {
                val request = opened.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
                request.addTarget(preview)
                request.addTarget(images.surface)
                request[CaptureRequest.CONTROL_AF_MODE] = CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE
                session.setRepeatingRequest(request.build(), null, null)
            } catch (exception: CameraAccessException) {
                fail(Cameras.fault(exception))
            } catch (_: IllegalStateException) {
                fail(CameraFault.LOST)
            }
        }

        override fun onConfigureFailed(session: CameraCaptureSession) {
            if (opened == device) fail(CameraFault.FAILED)
        }
    }

    private fun facts() = FrameSource.Facts(
        rotationDegrees = Cameras.uprightRotation(camera, displayRotation()),
        // Android mirrors the preview of a camera that looks at the user, not its frames.
        mirroredView = camera.facing == Cameras.Facing.FRONT,
    )

    private fun fit() {
        val size = Size(view.width, view.height)
        val display = Cameras.displayDegrees(displayRotation())
        view.setTransform(PreviewTransform.fill(size, camera.preview, camera.sensorOrientation, display))
    }

    private fun fail(fault: CameraFault) {
        // Only these pass by themselves. After a failure, letting go of the camera makes it free, and opening it again would fail again.
        waitsToBeFree = fault == CameraFault.IN_USE || fault == CameraFault.LOST
        release()
        if (wanted) listener.onFault(fault)
    }

    private fun release() {
        opening = false
        device?.close()
        device = null
        // Where its images are read: closing it takes their memory away.
        reader?.let { closed -> frames.post(closed::close) }
        reader = null
        surface?.release()
        surface = null
    }

    internal val availability = object : CameraManager.AvailabilityCallback() {
        override fun onCameraAvailable(id: String) {
            // Android tells the state of each camera at once when asked, so only after a fault.
            if (id == camera.id && waitsToBeFree && view.isAvailable) open()
        }
    }

    private val layoutListener = View.OnLayoutChangeListener { _, _, _, _, _, _, _, _, _ -> fit() }

    private val textureListener = object : TextureView.SurfaceTextureListener {
        override fun onSurfaceTextureAvailable(texture: SurfaceTexture, width: Int, height: Int) = open()

        override fun onSurfaceTextureSizeChanged(texture: SurfaceTexture, width: Int, height: Int) = fit()

        override fun onSurfaceTextureDestroyed(texture: SurfaceTexture): Boolean {
            release()
            return true
        }

        override fun onSurfaceTextureUpdated(texture: SurfaceTexture) = Unit
    }

    private companion object {
        /** One that is read and one that is filled. */
        const val BUFFERS = 2
    }
}
