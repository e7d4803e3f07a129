// Which modules does a file refer to, in whatever spelling?

import type { Node } from 'oxc-parser';
import { loadedModule } from './global-path.ts';
import { names } from './names.ts';
import { type Source, walk } from './source.ts';

/** One mention of another module. */
export interface ModuleReference {
  readonly specifier: string;
  readonly line: number;
  /** As a verb, so that findings read as sentences. */
  readonly verb: 'imports' | 'imports a type of' | 're-exports' | 'loads';
}

/** Lists imports, type imports, re-exports, `import()`, `require` and its kin, by line. */
export function moduleReferences(source: Source): ModuleReference[] {
  const known = answers.get(source) ?? [...declared(source), ...loaded(source)];
  answers.set(source, known);
  return known;
}

const answers = new WeakMap<Source, ModuleReference[]>();

function declared(source: Source): ModuleReference[] {
  const found: ModuleReference[] = [];
  walk(source.program, (node) => {
    const mention = mentionIn(node);
    if (mention) found.push({ ...mention, line: source.lineOf(node) });
  });
  return found;
}

function mentionIn(node: Node): Omit<ModuleReference, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration': {
      const verb = node.importKind === 'type' ? 'imports a type of' : 'imports';
      return { specifier: node.source.value, verb };
    }
    case 'TSImportType':
      return { specifier: node.source.value, verb: 'imports a type of' };
    case 'TSExternalModuleReference':
      return { specifier: node.expression.value, verb: 'imports' };
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, verb: 're-exports' };
    case 'ExportNamedDeclaration':
      return node.source ? { specifier: node.source.value, verb: 're-exports' } : undefined;
    default:
      return undefined;
  }
}

function loaded(source: Source): ModuleReference[] {
  return names(source.program).places.flatMap(({ node, scope }) => {
    const specifier = loadedModule(node, scope);
    if (specifier === undefined) return [];
    return [{ specifier, line: source.lineOf(node), verb: 'loads' as const }];
  });
}
