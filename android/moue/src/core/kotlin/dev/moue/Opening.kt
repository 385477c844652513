// Opening what must be closed, on a background thread: whoever stops waiting for it leaves nothing open.
package dev.moue

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Runs [open] on a background thread. Where the caller is cancelled meanwhile, what was opened would reach nobody: it is closed.
 *
 * Loading itself isn't interrupted; it takes some milliseconds.
 */
internal suspend fun <T : AutoCloseable> openInBackground(open: () -> T): T {
    var opened: T? = null
    var handedOver = false
    try {
        return withContext(Dispatchers.Default) { open().also { opened = it } }.also { handedOver = true }
    } finally {
        if (!handedOver) opened?.close()
    }
}
