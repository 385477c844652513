package dev.moue.sample

import android.content.Context
import android.content.Intent
import dev.moue.Verdict
import dev.moue.label
import java.text.DateFormat
import java.util.Date

/** Readings as plain text, to hand on. No picture goes along. */
object ShareText {
    /** The faces of [scene], the moment, and what a reading is not. */
    fun of(context: Context, scene: Scene, moment: Date): String = buildString {
        scene.faces.forEachIndexed { index, seen ->
            if (scene.faces.size > 1) appendLine(context.getString(R.string.share_face, index + 1))
            val scores = seen.face.reading.scores
            appendLine(
                when (val verdict = seen.face.reading.verdict) {
                    is Verdict.Certain -> context.getString(
                        R.string.share_sure,
                        Words.heading(context.getString(verdict.expression.label)),
                        Words.percent(scores[verdict.expression]),
                    )

                    is Verdict.Unsure -> context.getString(R.string.share_unsure, context.getString(verdict.reason.label))
                },
            )
            for (expression in Expressions.all) appendLine("  ${context.getString(expression.label)} ${Words.percent(scores[expression])}")
            appendLine()
        }
        appendLine(DateFormat.getDateTimeInstance(DateFormat.LONG, DateFormat.SHORT).format(moment))
        append(context.getString(R.string.share_note))
    }

    /** Lets the user choose where the text goes. */
    fun intent(text: String): Intent = Intent.createChooser(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text), null)
}
