# Completion of rnncalc's commands, options, files and names.

Register-ArgumentCompleter -Native -CommandName rnncalc -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:_RNNCALC_COMPLETE = "powershell_complete"
    $env:COMP_WORDS = $commandAst.ToString()
    if (-not $wordToComplete) { $env:COMP_WORDS += " " }
    try {
        rnncalc 2>$null | ForEach-Object {
            $kind, $rest = $_ -split ',', 2
            $value, $help = $rest -split "`t", 2
            if ($kind -eq 'file') {
                $typed = $wordToComplete.Substring([Math]::Min($value.Length, $wordToComplete.Length))
                [System.Management.Automation.CompletionCompleters]::CompleteFilename($typed) |
                    ForEach-Object {
                        [System.Management.Automation.CompletionResult]::new(
                            $value + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
                    }
            } else {
                if (-not $help) { $help = $value }
                [System.Management.Automation.CompletionResult]::new(
                    $value, $value, 'ParameterValue', $help)
            }
        }
    } finally {
        Remove-Item Env:_RNNCALC_COMPLETE, Env:COMP_WORDS
    }
}
