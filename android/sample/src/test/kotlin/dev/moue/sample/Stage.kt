// What the tests of the screens share: the activity with a clip in the camera's place, waiting for results, and pictures of the window.
package dev.moue.sample

import android.Manifest
import android.app.Activity
import android.content.pm.ApplicationInfo
import android.graphics.Bitmap
import android.os.Environment
import android.os.Looper
import android.view.PixelCopy
import android.view.View
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.fail
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadows.ShadowEnvironment
import java.io.File
import java.time.Duration

/** A photo of the repository's. */
fun photo(name: String) = File(System.getProperty("moue.repository"), "tests/photos/$name")

/** Puts [picture] where a debuggable build looks for a clip. */
fun playInCamerasPlace(picture: File) {
    val application = RuntimeEnvironment.getApplication()
    ShadowEnvironment.setExternalStorageState(Environment.MEDIA_MOUNTED)
    application.applicationInfo.flags = application.applicationInfo.flags or ApplicationInfo.FLAG_DEBUGGABLE
    picture.copyTo(File(application.getExternalFilesDir(null), "clip.${picture.extension}"), overwrite = true)
}

/** The app as it is once the user has allowed the camera and closed the use note. */
fun allowCamera() {
    shadowOf(RuntimeEnvironment.getApplication()).grantPermissions(Manifest.permission.CAMERA)
    readNote()
}

/** The app as it is once the user has closed the use note. */
fun readNote() {
    Preferences(RuntimeEnvironment.getApplication()).noteRead = true
}

fun launch(): ActivityController<MainActivity> = Robolectric.buildActivity(MainActivity::class.java).setup()

/** Lets the main thread work until [condition] holds, for at most two minutes of real time. */
fun waitUntil(what: String, condition: () -> Boolean) {
    val end = System.nanoTime() + Duration.ofMinutes(2).toNanos()
    while (!condition()) {
        if (System.nanoTime() > end) fail("waited in vain: $what")
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(16))
        Thread.sleep(5)
    }
}

/** Every text that can be seen below [view]. */
fun texts(view: View): List<String> = when {
    view.visibility != View.VISIBLE -> emptyList()
    view is TextView -> listOf(view.text.toString())
    view is android.view.ViewGroup -> (0 until view.childCount).flatMap { texts(view.getChildAt(it)) }
    else -> emptyList()
}

fun Activity.sees(words: String) = texts(window.decorView).any { words in it }

fun Activity.sees(words: Int) = sees(getString(words))

/** The large words over the bars. */
fun Activity.headline(): String = (window.decorView.child<android.view.ViewGroup>(R.id.reading).getChildAt(0) as TextView).text.toString()

/** Draws the window and keeps it as `screens/NAME.png` in the build's folder. */
fun Activity.picture(name: String): Bitmap {
    // Bars glide; twenty frames settle them.
    repeat(20) { shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(16)) }
    val view = window.decorView
    val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
    var result = -1
    PixelCopy.request(window, bitmap, { result = it }, android.os.Handler(Looper.getMainLooper()))
    shadowOf(Looper.getMainLooper()).idle()
    assertEquals(PixelCopy.SUCCESS, result)
    val file = File(System.getProperty("moue.output"), "screens/$name.png")
    file.parentFile?.mkdirs()
    file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    return bitmap
}
