package dev.moue.sample

import android.Manifest
import android.content.pm.PackageManager
import android.provider.Settings
import android.view.View
import android.widget.Button
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class PermissionTest {
    private val application = RuntimeEnvironment.getApplication()

    private fun ActivityController<MainActivity>.tapAction() = get().window.decorView.child<Button>(R.id.notice_action).performClick()

    /** What the system does when the user refuses; [again] says whether it would ask once more. */
    private fun ActivityController<MainActivity>.refuse(again: Boolean) {
        shadowOf(application.packageManager).setShouldShowRequestPermissionRationale(Manifest.permission.CAMERA, again)
        get().onRequestPermissionsResult(1, arrayOf(Manifest.permission.CAMERA), intArrayOf(PackageManager.PERMISSION_DENIED))
    }

    @Test
    fun `the reason is told before the system asks`() {
        launch().use {
            val activity = it.get()
            assertTrue(activity.sees(R.string.why_title))
            assertNull("nothing is asked without a tap", shadowOf(activity).lastRequestedPermission)
            it.tapAction()
            assertEquals(listOf(Manifest.permission.CAMERA), shadowOf(activity).lastRequestedPermission.requestedPermissions.toList())
        }
    }

    @Test
    fun `who refuses is not pressed, can still open photos, and can change their mind`() {
        launch().use {
            it.tapAction()
            it.refuse(again = true)
            assertTrue(it.get().sees(R.string.refused_title))
            assertEquals(View.VISIBLE, it.get().window.decorView.child<View>(R.id.notice_photo).visibility)
            assertTrue(it.get().window.decorView.child<View>(R.id.open_photo).isEnabled)
            assertFalse(it.get().window.decorView.child<View>(R.id.freeze).isEnabled)
        }
    }

    @Test
    fun `once the system no longer asks, the button opens this app's settings`() {
        launch().use {
            it.tapAction()
            it.refuse(again = false)
            assertTrue(it.get().sees(R.string.blocked_title))
            it.tapAction()
            val settings = shadowOf(it.get()).nextStartedActivity
            assertEquals(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, settings.action)
            assertEquals("package:dev.moue.sample", settings.dataString)
        }
    }

    @Test
    fun `who allows the camera in the settings finds it running on return`() {
        launch().use {
            it.tapAction()
            it.refuse(again = false)
            it.pause().stop()
            shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
            it.restart().start().resume()
            assertFalse(it.get().sees(R.string.blocked_title))
            // Robolectric's device has no camera.
            assertTrue(it.get().sees(R.string.no_camera_title))
        }
    }

    @Test
    fun `a question that was interrupted is not an answer`() {
        launch().use {
            it.tapAction()
            it.get().onRequestPermissionsResult(1, emptyArray(), IntArray(0))
            assertTrue(it.get().sees(R.string.why_title))
        }
    }
}
