/** bash splits words at = and :, and replaces what follows the last of them only. */
const bash = `# Completes virtual-kubelet in bash: source <(virtual-kubelet completion bash)
_virtual_kubelet() {
  local words=() word line tail head paths=none
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((\${#words[@]})) && [[ $word == [=:]* || \${words[-1]} == *[=:] ]]; then words[-1]+=$word; else words+=("$word"); fi
  done
  ((\${#words[@]})) || words=('')
  word=\${words[-1]}
  tail=\${word##*[=:]}
  head=\${word%"$tail"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then paths=\${line#:}; continue; fi
    line=\${line%%$'\\t'*}
    COMPREPLY+=("\${line#"$head"}")
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" complete -- "\${words[@]}" 2>/dev/null)
  case $paths in
    file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$tail") ;;
    folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$tail") ;;
  esac
  if ((\${#COMPREPLY[@]} == 1)) && [[ \${COMPREPLY[0]} == *: ]]; then compopt -o nospace; fi
}
complete -F _virtual_kubelet virtual-kubelet
`;

const zsh = `#compdef virtual-kubelet
# Completes virtual-kubelet in zsh: source <(virtual-kubelet completion zsh), or put it into $fpath as _virtual-kubelet
_virtual_kubelet() {
  local line paths=none
  local -a found
  for line in "\${(@f)$("\${(Q)words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :* ]]; then paths=\${line#:}; continue; fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  case $paths in
    file) compset -P '--*='; _files ;;
    folder) compset -P '--*='; _files -/ ;;
    *) if ((\${#found} == 1)) && [[ $found == *'\\:':* ]]; then _describe -V value found -S ''; else _describe -V value found; fi ;;
  esac
}
if [[ $funcstack[1] == _virtual-kubelet ]]; then _virtual_kubelet "$@"; else compdef _virtual_kubelet virtual-kubelet; fi
`;

const fish = `# Completes virtual-kubelet in fish: virtual-kubelet completion fish | source
function __virtual_kubelet_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l lines ($words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
  set -l head (string match -r -- '^--[^=]*=' "$typed")
  set -l tail (string replace -r -- '^--[^=]*=' '' "$typed")
  switch "$lines[-1]"
    case :file
      for path in (__fish_complete_path "$tail"); echo "$head$path"; end
    case :folder
      for path in (__fish_complete_directories "$tail"); echo "$head$path"; end
    case '*'
      string join \\n -- $lines[1..-2]
  end
end
complete -c virtual-kubelet -f -a '(__virtual_kubelet_complete)'
`;

const powershell = `# Completes virtual-kubelet in PowerShell: virtual-kubelet completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName virtual-kubelet -ScriptBlock {
  param($typed, $ast, $cursor)
  $words = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object { $_.ToString() })
  $command, $rest = $words
  $rest = @($rest)
  # A word that has not begun yet is no element of the command.
  if ($typed -eq '') { $rest += '""' }
  $lines = @(& $command complete -- @rest 2>$null)
  if ($lines[-1] -ne ':none') { return }
  $lines | Select-Object -SkipLast 1 | ForEach-Object {
    $word, $help = $_ -split [char]9, 2
    if (-not $help) { $help = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $help)
  }
}
`;

const scripts: ReadonlyMap<string, string> = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
  ['powershell', powershell],
]);

/** Prints the script that makes a shell complete the command, which it asks for the words. */
export function printCompletion(shell: string): void {
  process.stdout.write(scripts.get(shell) ?? '');
}
