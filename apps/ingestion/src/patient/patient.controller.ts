import { Controller, Delete, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { notThereYet, Roles } from '#libs/shared/http';

/** Doors of the register that this version names and does not have yet. */
@ApiTags('patients')
@ApiBearerAuth()
@Controller('ingestion/patients')
export class PatientController {
  @Post('search')
  @Roles('records-staff', 'privacy-officer')
  @ApiOperation({ summary: 'Search the register by anything (not there yet)' })
  search(): never {
    throw notThereYet('Searching the patient register is not there yet.');
  }

  @Post(':patientId/links')
  @Roles('records-staff')
  @ApiOperation({ summary: 'Join two patients (not there yet)' })
  join(): never {
    throw notThereYet('Joining two patients is not there yet.');
  }

  @Delete(':patientId/links')
  @Roles('records-staff')
  @ApiOperation({ summary: 'Part two patients (not there yet)' })
  part(): never {
    throw notThereYet('Parting two patients is not there yet.');
  }
}
