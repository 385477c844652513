package dev.moue.sample

import android.content.Context
import dev.moue.Expression
import dev.moue.Scores
import dev.moue.Verdict
import dev.moue.label

/**
 * What [ReadingView] says.
 *
 * @property title the expression, "unsure", or that there is no face.
 * @property detail how sure, why not, or what would help.
 * @property scores what the bars show; `null` where there is no face.
 * @property certain the expression that stands out; `null` where none does.
 * @property label what is worth an announcement once it has been held; `null` where nothing is.
 * @property key the face that it tells of.
 */
data class PanelContent(
    val title: String,
    val detail: String,
    val scores: Scores? = null,
    val certain: Expression? = null,
    val label: String? = null,
    val key: Long? = null,
) {
    /** All of it in words. */
    val spoken: String get() = if (detail.isEmpty()) title else "$title. $detail"

    companion object {
        /** What is said of the face in focus. [empty] is said where there is no face. */
        fun of(context: Context, scene: Scene, chosen: Long?, empty: PanelContent): PanelContent {
            val seen = scene.focus(chosen) ?: return empty
            val reading = seen.face.reading
            val others = if (scene.faces.size > 1) {
                context.getString(R.string.face_of, scene.faces.indexOf(seen) + 1, scene.faces.size)
            } else {
                null
            }
            return when (val verdict = reading.verdict) {
                is Verdict.Certain -> {
                    val name = Words.heading(context.getString(verdict.expression.label))
                    val sure = context.getString(R.string.sure, Words.percent(reading.scores[verdict.expression]))
                    PanelContent(name, lines(sure, others), reading.scores, verdict.expression, name, seen.key)
                }

                is Verdict.Unsure -> {
                    val why = context.getString(verdict.reason.label)
                    val unsure = context.getString(R.string.unsure)
                    PanelContent(unsure, lines(Words.heading(why), others), reading.scores, null, "$unsure: $why", seen.key)
                }
            }
        }

        private fun lines(first: String, second: String?) = listOfNotNull(first, second).joinToString("\n")
    }
}
