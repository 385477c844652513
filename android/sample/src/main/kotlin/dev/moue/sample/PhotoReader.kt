package dev.moue.sample

import android.content.ContentResolver
import android.net.Uri
import dev.moue.Calibration
import dev.moue.Moue
import dev.moue.Size
import dev.moue.analyze
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.util.Date

/**
 * Opens a photo and reads its faces.
 *
 * @param hold shows it: at first without faces, then with them.
 */
class PhotoReader(private val resolver: ContentResolver, private val hold: (Kept.Held) -> Unit) {
    /**
     * Opens and reads the photo behind [uri]; on the main thread, which doesn't wait.
     *
     * @throws java.io.IOException where it can't be opened; [Notice.of] tells why.
     * @throws dev.moue.MoueException on a device without native code.
     */
    suspend fun read(uri: Uri) {
        val picture = withContext(Dispatchers.IO) { Photos.decode(resolver, uri) }
        val opened = Kept.Held(R.string.photo, picture, null, false, Date())
        hold(opened)
        val faces = Moue.analyze(picture).mapIndexed { index, face -> SeenFace(index.toLong(), face, Calibration.NONE) }
        hold(opened.copy(scene = Scene(Size(picture.width, picture.height), faces)))
    }
}
